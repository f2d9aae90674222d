// A loopback package index for tests and benchmarks: PEP 503 pages and PEP 691 JSON by `Accept`, PEP 658 metadata, ranges,
// ETag and Cache-Control, yanked files, `requires-python`, basic auth, a find-links page at `/links/`, and faults on
// demand. It counts every request per path. Callers close it (`onTestFinished(() => server.close())`).
import { createHash } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { anchorPage, jsonPage } from './index-pages.ts';
import type { ServedFile } from './served-file.ts';

/** What goes wrong with the next requests for a path. */
export type Fault =
  | { readonly kind: 'status'; readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  /** The connection ends before any answer. */
  | { readonly kind: 'reset' }
  /** The connection ends after half of the body. */
  | { readonly kind: 'cut' }
  /** The body is changed and keeps its length. */
  | { readonly kind: 'corrupt' }
  /** Nothing is ever answered. */
  | { readonly kind: 'silence' };

export interface IndexServerOptions {
  readonly files?: readonly ServedFile[] | undefined;
  /** Gives the METADATA of files that come without; undefined: that file has none published. */
  readonly readMetadata?: ((file: ServedFile) => string | undefined) | undefined;
  readonly htmlOnly?: boolean | undefined;
  /** Whether ranges are honoured (default true). */
  readonly ranges?: boolean | undefined;
  /** Of pages; default `max-age=600`. */
  readonly cacheControl?: string | undefined;
  /** false: pages without ETag, so that the server cannot be asked whether one has changed. */
  readonly validators?: boolean | undefined;
  readonly credentials?: { readonly user: string; readonly password: string } | undefined;
  /** Serves https with this certificate and key (PEM). */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  /** Whether pages are compressed for clients that accept it (default true). */
  readonly gzip?: boolean | undefined;
}

/** One request as it arrived, and what was answered. */
export interface ServedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly status: number;
  /** The port of the client. Each port is one connection. */
  readonly port: number | undefined;
}

export interface IndexServer {
  /** `http://127.0.0.1:port`, without a slash. */
  readonly origin: string;
  readonly indexUrl: string;
  readonly findLinksUrl: string;
  readonly requests: readonly ServedRequest[];
  /** How many requests reached `path`; of all paths when none is given. */
  count(path?: string): number;
  /** Forgets the requests so far. */
  forget(): void;
  add(...files: readonly ServedFile[]): void;
  remove(filename: string): void;
  /** Serves `body` at `path` as it is, for pages that no honest index would send. */
  page(path: string, body: string | Uint8Array, headers?: Readonly<Record<string, string>>): void;
  /** Lets the next `times` requests for `path` fail (default 1; Infinity: for ever). */
  fail(path: string, fault: Fault, times?: number): void;
  fileUrl(filename: string): string;
  /** The path of a file, as `count` takes it. */
  filePath(filename: string): string;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
}

/** Starts an index on a free loopback port. */
export async function startIndexServer(options: IndexServerOptions = {}): Promise<IndexServer> {
  const files = new Map<string, ServedFile>((options.files ?? []).map((file) => [file.filename, file]));
  const pages = new Map<string, { body: Uint8Array; headers: Readonly<Record<string, string>> }>();
  const faults = new Map<string, { fault: Fault; left: number }>();
  const requests: ServedRequest[] = [];
  const handle = (request: http.IncomingMessage, response: http.ServerResponse) => {
    const path = decodeURIComponent((request.url ?? '/').split('?')[0] ?? '/');
    const record = (status: number) =>
      requests.push({
        method: request.method ?? 'GET',
        path,
        headers: request.headers,
        status,
        port: request.socket.remotePort,
      });
    const fault = takeFault(faults, path);
    if (fault?.kind === 'silence') return void record(0);
    if (fault?.kind === 'reset') {
      record(0);
      return void request.socket.destroy();
    }
    const answer =
      fault?.kind === 'status' ? plain(fault.status, fault.headers) : respond(path, request, options, files, pages);
    record(answer.status);
    send(request, response, answer, fault);
  };
  const server = options.tls === undefined ? http.createServer(handle) : https.createServer(options.tls, handle);
  server.keepAliveTimeout = 30_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const scheme = options.tls === undefined ? 'http' : 'https';
  const origin = `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const filePath = (filename: string) => `/files/${filename}`;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return {
    origin,
    indexUrl: `${origin}/simple/`,
    findLinksUrl: `${origin}/links/`,
    requests,
    count: (path) => (path === undefined ? requests.length : requests.filter((one) => one.path === path).length),
    forget: () => void requests.splice(0),
    add: (...more) => {
      for (const file of more) files.set(file.filename, file);
    },
    remove: (filename) => void files.delete(filename),
    page: (path, body, headers = {}) => void pages.set(path, { body: bytes(body), headers }),
    fail: (path, fault, times = 1) => void faults.set(path, { fault, left: times }),
    fileUrl: (filename) => `${origin}${encodeURI(filePath(filename))}`,
    filePath,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function respond(
  path: string,
  request: http.IncomingMessage,
  options: IndexServerOptions,
  files: ReadonlyMap<string, ServedFile>,
  pages: ReadonlyMap<string, { body: Uint8Array; headers: Readonly<Record<string, string>> }>,
): Answer {
  const { credentials } = options;
  if (credentials !== undefined) {
    const expected = `Basic ${Buffer.from(`${credentials.user}:${credentials.password}`).toString('base64')}`;
    if (request.headers.authorization !== expected) return plain(401, { 'www-authenticate': 'Basic realm="index"' });
  }
  const page = pages.get(path);
  if (page !== undefined)
    return { status: 200, headers: { 'content-type': 'text/html', ...page.headers }, body: page.body };
  const metadataOf = (file: ServedFile) => file.metadata ?? options.readMetadata?.(file);
  if (path === '/links/') return indexPage(request, options, 'text/html', anchorPage([...files.values()], metadataOf));
  const project = /^\/simple\/([^/]+)\/$/.exec(path)?.[1];
  if (project !== undefined) {
    const offered = [...files.values()].filter((file) => projectOf(file) === project);
    if (offered.length === 0) return plain(404);
    const json = !options.htmlOnly && (request.headers.accept ?? '').includes('application/vnd.pypi.simple.v1+json');
    return json
      ? indexPage(
          request,
          options,
          'application/vnd.pypi.simple.v1+json',
          JSON.stringify(jsonPage(project, offered, metadataOf)),
        )
      : indexPage(request, options, 'text/html; charset=utf-8', anchorPage(offered, metadataOf));
  }
  const name = /^\/files\/([^/]+)$/.exec(path)?.[1];
  const file = name === undefined ? undefined : files.get(name);
  if (file !== undefined) return ranged(request, options, file.data);
  const owner = name?.endsWith('.metadata') ? files.get(name.slice(0, -'.metadata'.length)) : undefined;
  const metadata = owner === undefined ? undefined : metadataOf(owner);
  return metadata === undefined ? plain(404) : indexPage(request, options, 'application/octet-stream', metadata);
}

/** A page with its validators: 304 for clients that have it, compressed for clients that accept it. */
function indexPage(
  request: http.IncomingMessage,
  options: IndexServerOptions,
  contentType: string,
  text: string,
): Answer {
  const etag = `"${createHash('sha256').update(contentType).update(text).digest('hex').slice(0, 32)}"`;
  const headers: Record<string, string> = {
    'content-type': contentType,
    'cache-control': options.cacheControl ?? 'max-age=600',
    vary: 'Accept, Accept-Encoding',
    ...(options.validators === false ? {} : { etag }),
  };
  if (request.headers['if-none-match'] === etag) return { status: 304, headers, body: new Uint8Array() };
  const gzip = options.gzip !== false && (request.headers['accept-encoding'] ?? '').includes('gzip');
  if (gzip) headers['content-encoding'] = 'gzip';
  return { status: 200, headers, body: gzip ? gzipSync(text) : bytes(text) };
}

function ranged(request: http.IncomingMessage, options: IndexServerOptions, data: Uint8Array): Answer {
  const etag = `"${createHash('sha256').update(data).digest('hex').slice(0, 32)}"`;
  const headers = { 'content-type': 'application/octet-stream', etag };
  const range = options.ranges === false ? null : /^bytes=(\d*)-(\d*)$/.exec(request.headers.range ?? '');
  if (range === null) return { status: 200, headers, body: data };
  const [, first = '', last = ''] = range;
  const start = first === '' ? Math.max(0, data.length - Number(last)) : Number(first);
  const end = first === '' || last === '' ? data.length : Math.min(Number(last) + 1, data.length);
  if (start >= end) return plain(416, { 'content-range': `bytes */${data.length}` });
  const contentRange = `bytes ${start}-${end - 1}/${data.length}`;
  return { status: 206, headers: { ...headers, 'content-range': contentRange }, body: data.subarray(start, end) };
}

function send(
  request: http.IncomingMessage,
  response: http.ServerResponse,
  answer: Answer,
  fault: Fault | undefined,
): void {
  const body = fault?.kind === 'corrupt' ? answer.body.map((byte) => byte ^ 0xff) : answer.body;
  const length: Record<string, string> = answer.status === 304 ? {} : { 'content-length': String(body.length) };
  response.writeHead(answer.status, { ...length, ...answer.headers });
  if (fault?.kind === 'cut')
    return void response.write(body.subarray(0, body.length >> 1), () => request.socket.destroy());
  response.end(request.method === 'HEAD' || answer.status === 304 ? undefined : body);
}

function takeFault(faults: Map<string, { fault: Fault; left: number }>, path: string): Fault | undefined {
  const entry = faults.get(path);
  if (entry === undefined || entry.left <= 0) return undefined;
  entry.left -= 1;
  return entry.fault;
}

function projectOf(file: ServedFile): string {
  return (file.project ?? file.filename.split('-')[0] ?? '').replaceAll(/[-_.]+/g, '-').toLowerCase();
}

function plain(status: number, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers: { 'content-type': 'text/plain', ...headers }, body: bytes(`${status}\n`) };
}

function bytes(data: string | Uint8Array): Uint8Array {
  return typeof data === 'string' ? Buffer.from(data) : data;
}
