// The common part of the object servers for tests: the bodies they read, the faults they commit on request, and what
// they remember of each request. `s3-server.ts` and `http-cache-server.ts` answer.
import { createHash } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

/** What goes wrong with a request. The faults of a body hold for answers that have one. */
export type ObjectFault =
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly code?: string;
      readonly headers?: Record<string, string>;
    }
  /** The connection ends before any answer. */
  | { readonly kind: 'reset' }
  /** The request has its effect, and the connection ends before the answer. */
  | { readonly kind: 'answer-lost' }
  /** Nothing is ever answered. */
  | { readonly kind: 'silence' }
  /** The body stops in its middle, and the connection stays. */
  | { readonly kind: 'stall' }
  /** The connection ends after half of the body. */
  | { readonly kind: 'cut' }
  /** Every byte of the body is another, and its length the same. */
  | { readonly kind: 'corrupt' }
  /** One bit of the body is another. */
  | { readonly kind: 'bit' }
  /** The body is whole as announced, and lacks its end. */
  | { readonly kind: 'shorter' }
  /** The body is whole as announced, and has more at its end. */
  | { readonly kind: 'longer' }
  /** The body is `body`. */
  | { readonly kind: 'body'; readonly body: Uint8Array }
  /** Conditions are ignored. */
  | { readonly kind: 'unconditional' }
  /** The answer comes after so long. */
  | { readonly kind: 'delay'; readonly ms: number };

/** One request as it arrived, and the status of the answer; 0 if there was none. */
export interface ObjectRequest {
  readonly method: string;
  /** Decoded, without the query. */
  readonly path: string;
  readonly query: string;
  readonly headers: http.IncomingHttpHeaders;
  status: number;
}

export interface StoredObject {
  readonly data: Buffer;
  readonly etag: string;
  readonly modifiedMs: number;
}

export interface ObjectAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: Uint8Array | undefined;
}

/** Faults and memory of a server. */
export interface ObjectServer extends AsyncDisposable {
  /** `http://127.0.0.1:port`, without a slash. */
  readonly origin: string;
  readonly requests: readonly ObjectRequest[];
  /** How many requests of this method reached a path that matches. */
  count(method?: string, path?: RegExp): number;
  forget(): void;
  /** Lets the next `times` requests that match go wrong (default: all of them, until `heal`). */
  fail(fault: ObjectFault, which?: { method?: string; path?: RegExp; times?: number }): void;
  heal(): void;
  close(): Promise<void>;
  /** Ends every connection and refuses new ones, until `resume`. */
  pause(): Promise<void>;
  resume(): Promise<void>;
}

export type ObjectHandler = (
  request: ObjectRequest,
  body: Buffer,
  ignoresConditions: boolean,
  raw: http.IncomingMessage,
) => ObjectAnswer;

/** Starts a server on a free loopback port that answers as `handle` says, but for the faults. */
export async function startObjectServer(
  handle: ObjectHandler,
  tls?: { readonly cert: string; readonly key: string },
): Promise<ObjectServer> {
  const requests: ObjectRequest[] = [];
  const faults: { fault: ObjectFault; method: string | undefined; path: RegExp | undefined; left: number }[] = [];
  const sockets = new Set<Socket>();
  const take = ({ method, path }: ObjectRequest) => {
    const found = faults.find(
      (one) => one.left > 0 && (one.method ?? method) === method && (one.path === undefined || one.path.test(path)),
    );
    if (found !== undefined) found.left -= 1;
    return found?.fault;
  };
  const answer = async (raw: http.IncomingMessage, response: http.ServerResponse) => {
    const [path = '/', query = ''] = (raw.url ?? '/').split('?', 2);
    const { method = 'GET', headers } = raw;
    const request: ObjectRequest = { method, path: decodeURIComponent(path), query, headers, status: 0 };
    requests.push(request);
    const fault = take(request);
    if (fault?.kind === 'silence') return void raw.resume();
    if (fault?.kind === 'reset') return void raw.socket.destroy();
    if (fault?.kind === 'delay') await new Promise((resolve) => setTimeout(resolve, fault.ms));
    const body = await readAll(raw);
    if (body === undefined) return;
    const given =
      fault?.kind === 'status'
        ? { status: fault.status, headers: fault.headers, body: Buffer.from(errorXml(fault.code ?? '')) }
        : handle(request, body, fault?.kind === 'unconditional', raw);
    if (fault?.kind === 'answer-lost') return void raw.socket.destroy();
    request.status = given.status;
    send(request, response, given, fault);
  };
  const listener = (raw: http.IncomingMessage, response: http.ServerResponse) => void answer(raw, response);
  const server = tls === undefined ? http.createServer(listener) : https.createServer(tls, listener);
  server.keepAliveTimeout = 30_000;
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  return {
    origin: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    requests,
    count: (method, path) =>
      requests.filter((one) => (method ?? one.method) === one.method && (path === undefined || path.test(one.path)))
        .length,
    forget: () => void requests.splice(0),
    fail: (fault, { method, path, times = Number.POSITIVE_INFINITY } = {}) =>
      void faults.push({ fault, method, path, left: times }),
    heal: () => void faults.splice(0),
    close,
    pause: close,
    resume: () => listen(port),
    [Symbol.asyncDispose]: close,
  };
}

/** The XML of an S3 error. */
export function errorXml(code: string, more = ''): string {
  return `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>as told</Message>${more}</Error>`;
}

export function etagOf(data: Uint8Array, salt = ''): string {
  return `"${createHash('sha256').update(data).update(salt).digest('hex').slice(0, 32)}"`;
}

/** The whole body; undefined where the connection ended before. */
async function readAll(raw: http.IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of raw) chunks.push(chunk as Buffer);
  } catch {
    return undefined;
  }
  return Buffer.concat(chunks);
}

function send(
  request: ObjectRequest,
  response: http.ServerResponse,
  answer: ObjectAnswer,
  fault: ObjectFault | undefined,
) {
  const whole = Buffer.from(answer.body ?? []);
  const hasBody = request.method === 'GET' && answer.status < 300;
  const body = fault === undefined || !hasBody ? whole : spoiled(whole, fault);
  const length = answer.status === 304 || answer.status === 204 ? {} : { 'content-length': String(body.length) };
  response.writeHead(answer.status, { ...length, ...answer.headers });
  if (hasBody && fault?.kind === 'stall') return void response.write(body.subarray(0, body.length >> 1));
  if (hasBody && fault?.kind === 'cut')
    return void response.write(body.subarray(0, body.length >> 1), () => response.socket?.destroy());
  response.end(request.method === 'HEAD' || answer.status === 304 ? undefined : body);
}

function spoiled(whole: Buffer, fault: ObjectFault): Buffer {
  if (fault.kind === 'corrupt') return Buffer.from(whole.map((byte) => byte ^ 0xff));
  if (fault.kind === 'bit') return Buffer.from(whole.map((byte, at) => (at === whole.length >> 1 ? byte ^ 1 : byte)));
  if (fault.kind === 'shorter') return whole.subarray(0, Math.max(0, whole.length - 1));
  if (fault.kind === 'longer') return Buffer.concat([whole, Buffer.from('more')]);
  return fault.kind === 'body' ? Buffer.from(fault.body) : whole;
}
