// Requests through a proxy: a tunnel (CONNECT) for https, the absolute form of the target for http. Credentials in the
// proxy's URL go to the proxy alone.
import http from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';
import { RemoteError } from '../errors.ts';
import { basicAuthorization } from './basic-authorization.ts';

/** Where a plain request for `url` goes instead, and what it has to say there. */
export function absoluteTarget(proxyUrl: URL, url: URL): http.RequestOptions & { headers: Record<string, string> } {
  return {
    hostname: hostOf(proxyUrl),
    port: proxyUrl.port || '80',
    path: url.href,
    headers: authorizationOf(proxyUrl),
  };
}

/** An agent whose every connection is a tunnel through the proxy. */
export function createTunnelAgent(proxyUrl: URL, options: https.AgentOptions, connectMs: number): https.Agent {
  const agent = new https.Agent(options);
  const openTunnel = (target: tls.ConnectionOptions, done: (error: Error | null, socket?: Duplex) => void) => {
    const host = String(target.host);
    const authority = `${host.includes(':') ? `[${host}]` : host}:${target.port}`;
    const request = http.request({
      hostname: hostOf(proxyUrl),
      port: proxyUrl.port || '80',
      method: 'CONNECT',
      path: authority,
      headers: { host: authority, ...authorizationOf(proxyUrl) },
    });
    request.setTimeout(connectMs, () =>
      request.destroy(
        new RemoteError('REMOTE_SLOW', `The proxy ${proxyUrl.host} opened no tunnel for ${connectMs / 1000} s.`),
      ),
    );
    request.once('error', done);
    request.once('connect', (answer, socket) => {
      request.setTimeout(0);
      socket.setTimeout(0);
      if (answer.statusCode !== 200) {
        socket.destroy();
        return done(refusal(proxyUrl, answer.statusCode ?? 0));
      }
      done(null, tls.connect({ ...target, socket, servername: target.servername ?? host }));
    });
    request.end();
    return undefined;
  };
  return Object.assign(agent, { createConnection: openTunnel });
}

function refusal(proxyUrl: URL, status: number): RemoteError {
  const hint = status === 407 ? 'Put user and password into the URL of the proxy.' : undefined;
  const message = `The proxy ${proxyUrl.host} refused the tunnel with ${status}.`;
  return new RemoteError(status === 407 ? 'REMOTE_DENIED' : 'REMOTE_UNREACHABLE', message, { hint, data: { status } });
}

/** The header with the credentials in a proxy's URL, if it has some. Throws as {@link basicAuthorization}. */
export function authorizationOf(proxyUrl: URL): Record<string, string> {
  const value = basicAuthorization(proxyUrl, `the proxy ${proxyUrl.host}`);
  return value === undefined ? {} : { 'proxy-authorization': value };
}

/** The host of a URL as sockets take it: without the brackets of an IPv6 address. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}
