// Servers that speak HTTP/2: one connection for everything, opened again after it has ended.
import { once } from 'node:events';
import {
  constants,
  createSecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { normalizeName } from '@wheelwright/packaging';
import { makeCertificate } from '@wheelwright/testkit/certificate';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, it, onTestFinished } from 'vitest';
import type { IndexClientOptions } from '../../src/index.ts';
import { createClient, demoWheel, metadataText } from '../helpers.ts';

type Answer = (request: Http2ServerRequest, response: Http2ServerResponse) => void;

/** A server of HTTP/2, and of HTTP/1.1 unless `only`; undefined without openssl. `answer` is asked for every request. */
async function startHttp2(answer: Answer) {
  const tls = makeCertificate(temporaryDir());
  if (tls === undefined) return undefined;
  const sessions: ServerHttp2Session[] = [];
  const asked: string[] = [];
  const server = createSecureServer({ cert: tls.cert, key: tls.key, allowHTTP1: true }, (request, response) => {
    asked.push(`${request.httpVersion} ${request.url}`);
    answer(request, response);
  });
  server.on('session', (session) => sessions.push(session));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  const origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = (options: Partial<IndexClientOptions> = {}) =>
    createClient({ indexUrls: [`${origin}/simple/`], certPath: tls.certPath, ...options });
  return { sessions, asked, origin, client };
}

/** A page that lists one wheel, for any name; and that wheel, with ranges. */
const serve: Answer = (request, response) => {
  const name = /^\/simple\/([^/]+)\/$/.exec(request.url)?.[1];
  if (name !== undefined) {
    response.writeHead(200, { 'content-type': 'text/html', 'set-cookie': ['a=1', 'b=2'] });
    response.end(`<a href="/files/${name}-1.0-py3-none-any.whl">x</a>`);
    return;
  }
  const wheel = demoWheel();
  const [first, last] = [Math.max(0, wheel.length - 16384), wheel.length - 1];
  if (request.headers.range === undefined) return void response.writeHead(200).end(wheel);
  response.writeHead(206, { 'content-range': `bytes ${first}-${last}/${wheel.length}` });
  response.end(wheel.subarray(first));
};

const demo = normalizeName('demo');

it('all requests share one connection, credentials and ranges included', async (context) => {
  const server = await startHttp2(serve);
  if (server === undefined) return context.skip();
  const client = server.client();
  const names = Array.from({ length: 30 }, (_, n) => normalizeName(`p${n}`));
  const listed = await Promise.all(names.map((name) => client.files(name)));
  expect(listed.flat()).toHaveLength(30);
  const [file] = await client.files(demo);
  expect(await client.metadata(file!)).toBe(metadataText);
  expect(server.sessions).toHaveLength(1);
  expect(server.asked).toHaveLength(32);
  expect(server.asked.every((one) => one.startsWith('2.0 '))).toBe(true);
});

it('a connection that the server ends is opened again, and a request that it cut is repeated', async (context) => {
  let cut = 1;
  const server = await startHttp2((request, response) => {
    if (cut-- > 0) {
      response.writeHead(200, { 'content-type': 'text/html', 'content-length': '1000' }).write('<a href=');
      setImmediate(() => response.stream.session?.destroy());
      return;
    }
    serve(request, response);
  });
  if (server === undefined) return context.skip();
  const client = server.client();
  expect(await client.files(demo)).toHaveLength(1);
  expect(server.sessions).toHaveLength(2);
  server.sessions[1]!.close();
  await once(server.sessions[1]!, 'close');
  expect(await client.files(normalizeName('other'))).toHaveLength(1);
  expect(server.sessions).toHaveLength(3);
});

it('a page without a length that is cut counts as a failed connection, not as a shorter page', async (context) => {
  const cuts: ((stream: ServerHttp2Stream) => void)[] = [
    (stream) => stream.close(constants.NGHTTP2_CANCEL),
    (stream) => stream.close(constants.NGHTTP2_INTERNAL_ERROR),
    (stream) => stream.session?.destroy(),
    (stream) => stream.session?.destroy(undefined, constants.NGHTTP2_ENHANCE_YOUR_CALM),
  ];
  for (const cut of cuts) {
    let left = 1;
    const server = await startHttp2((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html' });
      response.write('<a href="/files/demo-1.0-py3-none-any.whl">x</a>');
      if (left-- > 0) setImmediate(() => cut(response.stream));
      else response.end('<a href="/files/demo-2.0-py3-none-any.whl">x</a>');
    });
    if (server === undefined) return context.skip();
    expect(await server.client().files(demo)).toHaveLength(2);
    expect(server.asked).toHaveLength(2);
  }
});

it('a connection that has fallen silent is not used for the next try', async (context) => {
  const server = await startHttp2((request, response) => {
    if (request.stream.session !== server?.sessions[0]) serve(request, response);
  });
  if (server === undefined) return context.skip();
  expect(await server.client({ idleTimeoutMs: 50, retries: 1 }).files(demo)).toHaveLength(1);
  expect(server.sessions).toHaveLength(2);
});

it('the end of an old connection does not end the use of a newer one', async (context) => {
  const held: Http2ServerResponse[] = [];
  const server = await startHttp2((request, response) => {
    if (request.url === '/simple/slow/') held.push(response);
    else serve(request, response);
  });
  if (server === undefined) return context.skip();
  const client = server.client();
  await client.files(demo);
  const slow = client.files(normalizeName('slow'));
  await expect.poll(() => held.length).toBe(1);
  server.sessions[0]!.goaway();
  await expect
    .poll(async () => client.files(normalizeName(`p${server.asked.length}`)).then(() => server.sessions.length))
    .toBe(2);
  held[0]!.writeHead(404).end();
  expect(await slow).toEqual([]);
  server.sessions[0]!.close();
  if (!server.sessions[0]!.destroyed) await once(server.sessions[0]!, 'close');
  await client.files(normalizeName('after'));
  await client.files(normalizeName('later'));
  expect(server.sessions).toHaveLength(2);
});

it('an abort, and a close, end a request whose connection never stands', async () => {
  const sockets: Socket[] = [];
  const server = createServer((socket) => sockets.push(socket));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  const indexUrls = [`https://127.0.0.1:${(server.address() as AddressInfo).port}/simple/`];
  const abort = new AbortController();
  const client = createClient({ indexUrls, signal: abort.signal });
  const asking = client.files(demo).catch((error: Error) => error.message);
  await expect.poll(() => sockets.length).toBe(1);
  abort.abort(new Error('enough'));
  expect(await asking).toBe('enough');
  expect(sockets[0]!.destroyed).toBe(false);
  await client.close();
  sockets[0]!.resume();
  await expect.poll(() => sockets[0]!.destroyed).toBe(true);
});

it('a server that stays silent, or refuses a stream, fails as unreachable after the retries', async (context) => {
  for (const answer of [() => {}, (_: unknown, response: Http2ServerResponse) => response.stream.close(7)]) {
    const server = await startHttp2(answer);
    if (server === undefined) return context.skip();
    const failure = server.client({ idleTimeoutMs: 50, retries: 1 }).files(demo);
    await expect(failure).rejects.toMatchObject({ code: 'INDEX_UNREACHABLE' });
    expect(server.asked).toHaveLength(2);
  }
});

it('an abort ends a request that is under way', async (context) => {
  const abort = new AbortController();
  const server = await startHttp2(() => abort.abort(new Error('enough')));
  if (server === undefined) return context.skip();
  await expect(server.client({ signal: abort.signal }).files(demo)).rejects.toThrow('enough');
});

it('a client that is closed ends its requests, and opens nothing again', async (context) => {
  let arrived = () => {};
  const under = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  const server = await startHttp2(() => arrived());
  if (server === undefined) return context.skip();
  const client = server.client();
  const pending = client.files(demo).catch((error: Error) => error.message);
  await under;
  await client.close();
  expect(await pending).toBe('the index client was closed');
  await expect(client.files(normalizeName('late'))).rejects.toThrow('the index client was closed');
  expect(server.asked).toHaveLength(1);
});

it('a client may be closed at any moment of its first request', async (context) => {
  const server = await startHttp2(serve);
  if (server === undefined) return context.skip();
  for (let turns = 0; turns < 40; turns += 1) {
    const client = server.client();
    const answer = client.files(demo).then(
      (files) => files.length,
      (error: Error) => error.message,
    );
    for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    await client.close();
    expect([1, 'the index client was closed']).toContain(await answer);
  }
});

it('an unknown authority is refused, a trusted host is not', async (context) => {
  const server = await startHttp2(serve);
  if (server === undefined) return context.skip();
  const options = { certPath: undefined };
  await expect(server.client(options).files(demo)).rejects.toMatchObject({ code: 'INDEX_UNREACHABLE' });
  expect(server.asked).toEqual([]);
  expect(await server.client({ ...options, trustedHosts: ['127.0.0.1'] }).files(demo)).toHaveLength(1);
});
