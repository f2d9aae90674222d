// The same transport through a proxy. The agents are loaded here and only when a proxy is set.
import { setMaxListeners } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import tls, { type PeerCertificate } from 'node:tls';
import { decoded } from '../credentials.ts';
import { statusError } from '../errors.ts';
import { readCertificates } from './certificates.ts';
import { hostOf, silence, type TransportRequest, type TransportResponse } from './exchange.ts';
import type { Transport, TransportOptions } from './transport.ts';

/**
 * Sends every request through `proxyUrl`: plain ones are handed to the proxy, encrypted ones have a tunnel. Credentials in
 * that URL are for the proxy.
 */
export async function createProxyTransport(proxyUrl: string, options: TransportOptions): Promise<Transport> {
  const [{ HttpProxyAgent }, { HttpsProxyAgent }] = await Promise.all([
    import('http-proxy-agent'),
    import('https-proxy-agent'),
  ]);
  // Ends also the connections to the proxy that are not a request's yet.
  const closing = new AbortController();
  setMaxListeners(0, closing.signal);
  const { signal: closed } = closing;
  const pool = {
    keepAlive: true,
    maxSockets: options.connections,
    maxFreeSockets: options.connections,
    signal: closed,
  };
  // The agents decode the login and fail of a bare percent sign.
  const way = new URL(proxyUrl);
  const { username, password } = way;
  [way.username, way.password] = [encodeURIComponent(decoded(username)), encodeURIComponent(decoded(password))];
  const plain = new HttpProxyAgent(way, pool);
  const tunnel = new HttpsProxyAgent(way, pool);
  const ca = options.certPath === undefined ? {} : { ca: readCertificates(options.certPath) };
  // Options of an agent count for the index too; these are for the way to the proxy alone.
  const proxyTls = { ...ca, rejectUnauthorized: !options.isTrusted(new URL(proxyUrl)) };
  for (const agent of [plain, tunnel]) Object.assign(agent.connectOpts, proxyTls);

  const start = ({ url, headers }: TransportRequest): http.ClientRequest => {
    const common = { headers, timeout: options.idleTimeoutMs };
    if (url.protocol !== 'https:') return http.get(url, { ...common, agent: plain });
    // The agent names no host to TLS where the host is an address.
    const host = hostOf(url);
    const checkServerIdentity = (_name: string, certificate: PeerCertificate) =>
      tls.checkServerIdentity(host, certificate);
    const rejectUnauthorized = !options.isTrusted(url);
    return https.get(url, { ...common, agent: tunnel, ...ca, checkServerIdentity, rejectUnauthorized });
  };
  return {
    send: (request) =>
      new Promise<TransportResponse>((resolve, reject) => {
        const { url, signal } = request;
        const sent = start(request);
        // A request without a socket emits no error when it is destroyed.
        const fail = (error: Error) => {
          settle();
          reject(error);
          sent.destroy(error);
        };
        // Until the proxy has opened the way there is no socket that `timeout` could watch.
        const opening = setTimeout(() => fail(silence(url, options.idleTimeoutMs)), options.idleTimeoutMs);
        const onAbort = () => fail(signal?.reason as Error);
        const settle = () => {
          clearTimeout(opening);
          signal?.removeEventListener('abort', onAbort);
        };
        let tunnelStatus = 200;
        sent.once('proxyConnect', ({ statusCode = 200 }) => {
          tunnelStatus = statusCode;
        });
        sent.once('socket', () => clearTimeout(opening));
        sent.on('timeout', () => fail(silence(url, options.idleTimeoutMs)));
        const refusal = () =>
          tunnelStatus === 407
            ? statusError(url, 407)
            : new Error(`the proxy answered CONNECT with status ${tunnelStatus}`);
        sent.on('response', (body) => {
          // The agent gives on a refusal of the tunnel as if the index had said it, and the way to the proxy may be plain.
          if (tunnelStatus !== 200) return fail(refusal());
          body.once('close', settle);
          resolve({ status: body.statusCode ?? 0, headers: body.headers, body });
        });
        sent.on('error', (error) => {
          settle();
          reject(tunnelStatus === 200 ? error : refusal());
        });
        if (signal?.aborted) onAbort();
        else signal?.addEventListener('abort', onAbort, { once: true });
      }),
    async close() {
      plain.destroy();
      tunnel.destroy();
      closing.abort();
    },
  };
}
