// One request and its answer over node:http or node:https, with kept-alive connections and a deadline for each step. It
// follows no redirect, since a redirect would carry a signature or a password elsewhere, and it retries nothing.
import http from 'node:http';
import https from 'node:https';
import { Readable } from 'node:stream';
import { RemoteError } from '../errors.ts';
import type { RemoteBody } from '../ports.ts';
import type { Deadlines } from './deadlines.ts';
import { chunkBytes, fileChunks } from './file-chunks.ts';
import { absoluteTarget, createTunnelAgent, hostOf } from './proxy.ts';

export interface ExchangeRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  readonly url: URL;
  /** Complete but for Content-Length. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: RemoteBody | undefined;
  /** In place of the usual one, where the engine has work to do before it answers. */
  readonly firstByteMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ExchangeAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Readable;
}

export interface Transport {
  send(request: ExchangeRequest): Promise<ExchangeAnswer>;
  close(): void;
}

export interface TransportOptions {
  /** For people, in messages. */
  readonly name: string;
  readonly deadlines: Deadlines;
  /** Certificates (PEM) to trust instead of the usual ones. */
  readonly ca?: string | undefined;
  /** Every request goes through this proxy; user and password in it are the proxy's. */
  readonly proxyUrl?: URL | undefined;
}

/** How many connections are open at once; further requests wait for one of them. */
const connections = 32;

/** Opens no connection before the first request. */
export function createTransport(options: TransportOptions): Transport {
  const pool = { keepAlive: true, maxSockets: connections, maxFreeSockets: connections };
  const tls = options.ca === undefined ? pool : { ...pool, ca: options.ca };
  let plain: http.Agent | undefined;
  let secure: https.Agent | undefined;
  const agentFor = (url: URL): http.Agent => {
    if (url.protocol !== 'https:') {
      plain ??= new http.Agent(pool);
      return plain;
    }
    secure ??=
      options.proxyUrl === undefined
        ? new https.Agent(tls)
        : createTunnelAgent(options.proxyUrl, tls, options.deadlines.connectMs);
    return secure;
  };
  return {
    send: (request) => exchange(request, agentFor(request.url), options),
    close() {
      plain?.destroy();
      secure?.destroy();
    },
  };
}

function exchange(wanted: ExchangeRequest, agent: http.Agent, options: TransportOptions): Promise<ExchangeAnswer> {
  const { name, proxyUrl } = options;
  const { url, method, body, signal } = wanted;
  const firstByteMs = wanted.firstByteMs ?? options.deadlines.firstByteMs;
  const stallMs = Math.max(options.deadlines.stallMs, firstByteMs);
  const deadlines = { ...options.deadlines, firstByteMs, stallMs };
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const headers = body === undefined ? wanted.headers : { ...wanted.headers, 'content-length': String(sizeOf(body)) };
    const direct = { hostname: hostOf(url), port: url.port, path: `${url.pathname}${url.search}` };
    const target = proxyUrl !== undefined && url.protocol === 'http:' ? absoluteTarget(proxyUrl, url) : direct;
    const settings = {
      agent,
      method,
      ...target,
      headers: { ...headers, ...('headers' in target ? target.headers : {}) },
    };
    const source = body === undefined || body instanceof Uint8Array ? undefined : streamOf(body);
    const request = (url.protocol === 'https:' ? https : http).request(settings);
    const watch = watchDeadlines(request, deadlines, name);
    const abort = () => request.destroy(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    const settle = () => {
      watch.end();
      signal?.removeEventListener('abort', abort);
    };
    request.on('response', (answer) => {
      watch.answered(answer);
      // An answer may come before the whole body went: the rest of the body is not wanted.
      if (source !== undefined && !request.writableFinished) {
        source.unpipe(request);
        source.destroy();
        answer.once('close', () => request.destroy());
      }
      answer.once('close', settle);
      resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: answer });
    });
    request.on('error', (error) => {
      settle();
      source?.destroy();
      reject(signal?.aborted === true ? signal.reason : asRemoteError(error, name));
    });
    if (source === undefined) request.end(body);
    else {
      source.on('error', (error) => request.destroy(error));
      source.pipe(request);
    }
  });
}

/** One timer at a time: until the connection stands, until the answer begins, and while nothing moves. */
function watchDeadlines(request: http.ClientRequest, { connectMs, firstByteMs, stallMs }: Deadlines, name: string) {
  let answer: http.IncomingMessage | undefined;
  let timer: NodeJS.Timeout | undefined;
  const fail = (what: string, ms: number) => {
    const error = new RemoteError('REMOTE_SLOW', `${name} ${what} for ${ms / 1000} s.`, { data: { remote: name } });
    if (answer === undefined) request.destroy(error);
    else answer.destroy(error);
  };
  const start = (what: string, ms: number) => {
    clearTimeout(timer);
    timer = setTimeout(() => fail(what, ms), ms);
  };
  request.on('socket', (socket) => {
    if (socket.connecting) {
      start('accepted no connection', connectMs);
      socket.once('connect', () => clearTimeout(timer));
    }
    request.once('finish', () => {
      if (answer === undefined) start('answered nothing', firstByteMs);
    });
  });
  request.setTimeout(stallMs, () => fail('moved no byte', stallMs));
  return {
    answered(arrived: http.IncomingMessage) {
      answer = arrived;
      clearTimeout(timer);
    },
    end() {
      clearTimeout(timer);
      request.setTimeout(0);
    },
  };
}

/** `error` as a RemoteError; an error of the disk that a body is read from stays what it is. */
export function asRemoteError(error: unknown, name: string): unknown {
  if (error instanceof RemoteError) return error;
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (syscall === 'read' && code !== 'ECONNRESET' && code !== 'ETIMEDOUT') return error;
  return new RemoteError('REMOTE_UNREACHABLE', `${name} is unreachable (${code ?? (error as Error).message}).`, {
    hint: 'Check the address, the network and the certificate of the remote.',
    cause: error,
    data: { remote: name, reason: code },
  });
}

export function sizeOf(body: RemoteBody): number {
  return body instanceof Uint8Array ? body.length : body.size;
}

/** A stream of its own for each try: one that `FileHandle.createReadStream` gives closes the handle when it is destroyed. */
function streamOf(body: Exclude<RemoteBody, Uint8Array>): Readable {
  return Readable.from(fileChunks(body.file, body.size), { objectMode: false, highWaterMark: chunkBytes });
}
