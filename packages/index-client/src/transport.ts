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
  const plain = new http.Agent(pool);
  // Parsed once: a context of its own for each connection would read all the certificates each time.
  const authorities = options.certPath === undefined ? {} : { secureContext: readAuthorities(options.certPath) };
  const secure = new https.Agent({ ...pool, ...authorities });
  const trusting = new https.Agent({ ...pool, ...authorities, rejectUnauthorized: false });
  return {
    send: ({ url, headers, signal }) =>
      new Promise((resolve, reject) => {
        const settings = { headers, ...(signal === undefined ? {} : { signal }), timeout: options.idleTimeoutMs };
        const request =
          url.protocol === 'https:'
            ? https.get(url, { ...settings, agent: options.isTrusted(url) ? trusting : secure })
            : http.get(url, { ...settings, agent: plain });
        request.on('response', (body) => resolve({ status: body.statusCode ?? 0, headers: body.headers, body }));
        request.on('timeout', () => request.destroy(silence(url, options.idleTimeoutMs)));
        request.on('error', reject);
      }),
    async close() {
      for (const agent of [plain, secure, trusting]) agent.destroy();
    },
  };
}

function readAuthorities(certPath: string): SecureContext {
  return createSecureContext({ ca: readFileSync(certPath) });
}

function silence(url: URL, ms: number): NodeJS.ErrnoException {
  return Object.assign(new Error(`${url.host} sent nothing for ${ms / 1000} s`), { code: 'ETIMEDOUT' });
}
