// One request and its answer over node:http or node:https with kept-alive connections. It follows no redirect, retries
// nothing and decodes nothing: `session.ts` does.
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type { Readable } from 'node:stream';
import { createSecureContext, type SecureContext } from 'node:tls';

export interface TransportRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

export interface TransportResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Readable;
}

export interface Transport {
  send(request: TransportRequest): Promise<TransportResponse>;
  close(): Promise<void>;
}

export interface TransportOptions {
  readonly certPath?: string | undefined;
  readonly isTrusted: (url: URL) => boolean;
  readonly connections: number;
  readonly idleTimeoutMs: number;
}

/** Opens no connection until the first request. */
export function createTransport(options: TransportOptions): Transport {
  const pool = { keepAlive: true, maxSockets: options.connections, maxFreeSockets: options.connections };
  const agents = new Map<string, http.Agent>();
  const agentFor = (url: URL): http.Agent => {
    const kind = url.protocol !== 'https:' ? 'plain' : options.isTrusted(url) ? 'trusting' : 'secure';
    const known = agents.get(kind) ?? createAgent(kind, pool, options.certPath);
    agents.set(kind, known);
    return known;
  };
  return {
    send: ({ url, headers, signal }) =>
      new Promise((resolve, reject) => {
        const settings = { headers, ...(signal === undefined ? {} : { signal }), timeout: options.idleTimeoutMs };
        const { get } = url.protocol === 'https:' ? https : http;
        const request = get(url, { ...settings, agent: agentFor(url) });
        request.on('response', (body) => resolve({ status: body.statusCode ?? 0, headers: body.headers, body }));
        request.on('timeout', () => request.destroy(silence(url, options.idleTimeoutMs)));
        request.on('error', reject);
      }),
    async close() {
      for (const agent of agents.values()) agent.destroy();
    },
  };
}

// The authorities are parsed once: a context for each connection would read all the certificates each time.
function createAgent(kind: string, pool: http.AgentOptions, certPath: string | undefined): http.Agent {
  if (kind === 'plain') return new http.Agent(pool);
  const authorities = certPath === undefined ? {} : { secureContext: readAuthorities(certPath) };
  return new https.Agent({ ...pool, ...authorities, rejectUnauthorized: kind !== 'trusting' });
}

function readAuthorities(certPath: string): SecureContext {
  return createSecureContext({ ca: readFileSync(certPath) });
}

function silence(url: URL, ms: number): NodeJS.ErrnoException {
  return Object.assign(new Error(`${url.host} sent nothing for ${ms / 1000} s`), { code: 'ETIMEDOUT' });
}
