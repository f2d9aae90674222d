// The same transport through a proxy. undici is loaded here and only when a proxy is set: loading it takes longer than
// asking a near index.
import type { Dispatcher } from 'undici';
import { basicAuthorization, withoutUserInfo } from '../credentials.ts';
import { statusError } from '../errors.ts';
import { readCertificates } from './certificates.ts';
import type { Transport, TransportOptions } from './transport.ts';

/** Sends every request through `proxyUrl`; credentials in that URL are for the proxy. */
export async function createProxyTransport(proxyUrl: string, options: TransportOptions): Promise<Transport> {
  const { ProxyAgent, request } = await import('undici');
  const ca = options.certPath === undefined ? {} : { ca: readCertificates(options.certPath) };
  const token = basicAuthorization(new URL(proxyUrl));
  const proxyTls = { ...ca, rejectUnauthorized: !options.isTrusted(new URL(proxyUrl)) };
  const open = (rejectUnauthorized: boolean): Dispatcher =>
    new ProxyAgent({
      uri: withoutUserInfo(new URL(proxyUrl)).href,
      ...(token === undefined ? {} : { token }),
      proxyTunnel: false, // for plain requests; encrypted ones have their tunnel anyway
      connections: options.connections,
      headersTimeout: options.idleTimeoutMs,
      bodyTimeout: options.idleTimeoutMs,
      proxyTls,
      requestTls: { ...ca, rejectUnauthorized },
    });
  const secure = open(true);
  const trusting = open(false);
  return {
    async send({ url, headers, signal }) {
      const dispatcher = options.isTrusted(url) ? trusting : secure;
      const settings = { dispatcher, headers, ...(signal === undefined ? {} : { signal }) };
      const answer = await request(url, settings).catch((error: Error) => {
        throw error.message.includes('(407)') ? statusError(url, 407) : error; // the tunnel was refused
      });
      return { status: answer.statusCode, headers: answer.headers, body: answer.body };
    },
    async close() {
      await Promise.all([secure.destroy(), trusting.destroy()]);
    },
  };
}
