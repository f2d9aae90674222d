// A proxy on loopback for tests: plain requests are handed on, encrypted ones go through tunnels. It lists what it saw.
import http from 'node:http';
import https from 'node:https';
import net, { type AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** A running proxy. */
export interface ProxyServer {
  /** Method and target of every request. */
  readonly seen: readonly string[];
  /** `127.0.0.1:port`. */
  readonly host: string;
  close(): void;
}

/** A certificate and its key, in PEM. */
interface Tls {
  readonly cert: string;
  readonly key: string;
}

/** A proxy that ends with the running test. `login`, where it wants one, is `user:password`; with `tls` it speaks https. `tunnel` is its whole answer to CONNECT, in place of a tunnel. */
export async function startProxy(login?: string, tls?: Tls, tunnel?: string): Promise<ProxyServer> {
  const proxy = await startProxyServer(login, tls, tunnel);
  onTestFinished(() => proxy.close());
  return proxy;
}

/** The same for callers that close it. */
export async function startProxyServer(login?: string, tls?: Tls, tunnel?: string): Promise<ProxyServer> {
  const seen: string[] = [];
  const sockets = new Set<net.Socket>();
  const isRefused = ({ headers }: http.IncomingMessage) =>
    login !== undefined && headers['proxy-authorization'] !== `Basic ${Buffer.from(login).toString('base64')}`;
  const handOn: http.RequestListener = (request, response) => {
    seen.push(`${request.method} ${request.url}`);
    if (isRefused(request)) return void response.writeHead(407).end();
    const { 'proxy-authorization': _ours, ...headers } = request.headers;
    const onward = http.request(request.url!, { method: request.method, headers }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(response);
    });
    request.pipe(onward);
  };
  const server = tls === undefined ? http.createServer(handOn) : https.createServer(tls, handOn);
  server.on('connect', (request, socket) => {
    seen.push(`CONNECT ${request.url}`);
    const [, host, port] = /^\[?(.*?)\]?:(\d+)$/.exec(request.url!)!;
    if (isRefused(request)) return void socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
    if (tunnel !== undefined) return void socket.end(tunnel);
    const onward = net.connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    for (const one of [onward, socket as net.Socket]) sockets.add(one.on('error', () => {}));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    seen,
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.close();
      server.closeAllConnections();
      for (const socket of sockets) socket.destroy();
    },
  };
}
