// One request and its answer: over HTTP/2 where an https server speaks it, else over HTTP/1.1 with kept connections. It
// follows no redirect, retries nothing and decodes nothing: `session.ts` does.
import http from 'node:http';
import https from 'node:https';
import type { OnReadOpts, Socket } from 'node:net';
import { createSecureContext, type SecureContext } from 'node:tls';
import { readCertificates } from './certificates.ts';
import { silence, type TransportRequest, type TransportResponse } from './exchange.ts';
import { createHttp2Connections } from './http2-transport.ts';

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
  let authorities: SecureContext | undefined;
  const secureContext = () => {
    if (options.certPath !== undefined) authorities ??= readAuthorities(options.certPath);
    return authorities;
  };
  const agentFor = (url: URL): http.Agent => {
    const kind = url.protocol !== 'https:' ? 'plain' : options.isTrusted(url) ? 'trusting' : 'secure';
    const known = agents.get(kind) ?? createAgent(kind, pool, secureContext);
    agents.set(kind, known);
    return known;
  };
  const sendOverHttp1 = ({ url, headers, signal }: TransportRequest) =>
    new Promise<TransportResponse>((resolve, reject) => {
      const settings = { headers, ...(signal === undefined ? {} : { signal }), timeout: options.idleTimeoutMs };
      const { get } = url.protocol === 'https:' ? https : http;
      const request = get(url, { ...settings, agent: agentFor(url) });
      request.on('response', (body) => resolve({ status: body.statusCode ?? 0, headers: body.headers, body }));
      request.on('timeout', () => request.destroy(silence(url, options.idleTimeoutMs)));
      request.on('error', reject);
    });
  const http2 = createHttp2Connections({ ...options, secureContext });
  return {
    async send(request) {
      const answer = request.url.protocol === 'https:' ? await http2.send(request) : undefined;
      return answer ?? sendOverHttp1(request);
    },
    async close() {
      http2.close();
      for (const agent of agents.values()) agent.destroy();
    },
  };
}

// The authorities are parsed once, and for https alone: a context for each connection would read all the certificates
// each time.
function createAgent(
  kind: string,
  pool: http.AgentOptions,
  secureContext: () => SecureContext | undefined,
): http.Agent {
  if (kind === 'plain') return new http.Agent({ ...pool, onread: readIntoOneBuffer() } as http.AgentOptions);
  const known = secureContext();
  const authorities = known === undefined ? {} : { secureContext: known };
  return new https.Agent({ ...pool, ...authorities, rejectUnauthorized: kind !== 'trusting' });
}

/**
 * Makes all sockets of an agent read into the same memory: Node would allocate 64 KiB for each read. The parser of the
 * response, which listens for 'data', copies what it gives on before the next read.
 */
function readIntoOneBuffer(): OnReadOpts {
  return {
    buffer: Buffer.allocUnsafeSlow(64 * 1024),
    callback(this: Socket, length: number, buffer: Uint8Array) {
      this.emit('data', buffer.subarray(0, length));
      return true;
    },
  };
}

function readAuthorities(certPath: string): SecureContext {
  return createSecureContext({ ca: readCertificates(certPath) });
}
