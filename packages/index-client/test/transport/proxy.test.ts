import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { normalizeName } from '@wheelwright/packaging';
import { makeCertificate } from '@wheelwright/testkit/certificate';
import { startProxy } from '@wheelwright/testkit/proxy-server';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, it, onTestFinished } from 'vitest';
import { createProxyTransport } from '../../src/transport/proxy.ts';
import { createClient, demoWheel, metadataText, startServer } from '../helpers.ts';

const demo = normalizeName('demo');
const files = [{ filename: 'demo-1.0-py3-none-any.whl', data: demoWheel() }];

it('plain requests go to the proxy with its login, and the login goes nowhere else', async () => {
  const server = await startServer({ files, credentials: { user: 'ann', password: 'secret' } });
  const proxy = await startProxy('bob:p@ss');
  const indexUrls = [server.indexUrl.replace('://', '://ann:secret@')];
  const client = createClient({ indexUrls, proxyFor: () => `http://bob:p%40ss@${proxy.host}` });
  const [file] = await client.files(demo);
  expect(await client.metadata(file!)).toBe(metadataText);
  expect(proxy.seen).toContain(`GET ${server.indexUrl}demo/`);
  expect(server.requests.some((one) => one.headers['proxy-authorization'] !== undefined)).toBe(false);
});

it('encrypted ones go through a tunnel', async (context) => {
  const tls = makeCertificate(temporaryDir());
  if (tls === undefined) return context.skip();
  const server = await startServer({ files, tls });
  const proxy = await startProxy();
  const proxyFor = () => `http://${proxy.host}`;
  const ask = (options: object) => createClient({ indexUrls: [server.indexUrl], proxyFor, ...options }).files(demo);
  expect(await ask({ certPath: tls.certPath })).toHaveLength(1);
  expect(await ask({ trustedHosts: ['127.0.0.1'] })).toHaveLength(1);
  await expect(ask({ retries: 0 })).rejects.toMatchObject({ code: 'INDEX_UNREACHABLE' });
  expect(proxy.seen).toContain(`CONNECT ${new URL(server.origin).host}`);
});

it('a proxy that speaks https is believed by the same certificates', async (context) => {
  const tls = makeCertificate(temporaryDir());
  if (tls === undefined) return context.skip();
  const proxy = await startProxy('bob:right', tls);
  const proxyFor = () => `https://bob:right@${proxy.host}`;
  for (const server of [await startServer({ files }), await startServer({ files, tls })]) {
    const ask = (options: object) => createClient({ indexUrls: [server.indexUrl], proxyFor, ...options }).files(demo);
    expect(await ask({ certPath: tls.certPath })).toHaveLength(1);
    expect(await ask({ trustedHosts: ['127.0.0.1'] })).toHaveLength(1);
    await expect(ask({ retries: 0 })).rejects.toMatchObject({
      code: 'INDEX_UNREACHABLE',
      hint: expect.stringContaining('--cert'),
    });
    // Plain requests are handed to it, encrypted ones have a tunnel.
    const isPlain = server.origin.startsWith('http:');
    expect(proxy.seen).toContain(isPlain ? `GET ${server.indexUrl}demo/` : `CONNECT ${new URL(server.origin).host}`);
  }
});

it.each([302, 403, 404, 410, 502])('an answer of %s to CONNECT does not count for the index', async (status) => {
  const elsewhere = await startServer({ files });
  const answer = `HTTP/1.1 ${status} No\r\nLocation: ${elsewhere.indexUrl}demo/\r\nContent-Length: 0\r\n\r\n`;
  const proxy = await startProxy(undefined, undefined, answer);
  const client = createClient({
    indexUrls: ['https://127.0.0.1:9/simple/', elsewhere.indexUrl],
    proxyFor: (url) => (url.protocol === 'https:' ? `http://${proxy.host}` : undefined),
    retries: 0,
  });
  await expect(client.files(demo)).rejects.toMatchObject({ code: 'INDEX_UNREACHABLE' });
  expect(proxy.seen).toEqual(['CONNECT 127.0.0.1:9']);
});

it('a login with a bare percent sign is sent as it is written', async () => {
  const server = await startServer({ files });
  const proxy = await startProxy('bob:50%off');
  const client = createClient({ indexUrls: [server.indexUrl], proxyFor: () => `http://bob:50%off@${proxy.host}` });
  expect(await client.files(demo)).toHaveLength(1);
});

it('a proxy that accepts and says nothing is given up after the idle time', async () => {
  const silent = net.createServer(() => {}).listen(0, '127.0.0.1');
  onTestFinished(() => void silent.close());
  await once(silent, 'listening');
  const proxyUrl = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  for (const indexUrl of ['http://127.0.0.1:1/simple/', 'https://127.0.0.1:1/simple/']) {
    const client = createClient({ indexUrls: [indexUrl], proxyFor: () => proxyUrl, retries: 0, idleTimeoutMs: 200 });
    await expect(client.files(demo)).rejects.toMatchObject({ code: 'INDEX_UNREACHABLE' });
  }
});

it('a request through a proxy that is not answered ends with its signal', async () => {
  const silent = net.createServer(() => {}).listen(0, '127.0.0.1');
  onTestFinished(() => void silent.close());
  await once(silent, 'listening');
  const proxyUrl = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const transport = await createProxyTransport(proxyUrl, {
    isTrusted: () => false,
    connections: 2,
    idleTimeoutMs: 60_000,
  });
  const abort = new AbortController();
  const asked = transport.send({ url: new URL('https://127.0.0.1:1/'), headers: {}, signal: abort.signal });
  await once(silent, 'connection');
  abort.abort(new Error('enough'));
  await expect(asked).rejects.toThrow('enough');
  await transport.close();
});

it('the error of a refused login does not contain it', async () => {
  const proxy = await startProxy('bob:right');
  const tls = makeCertificate(temporaryDir());
  for (const server of [
    await startServer({ files }),
    ...(tls === undefined ? [] : [await startServer({ files, tls })]),
  ]) {
    const client = createClient({ indexUrls: [server.indexUrl], proxyFor: () => `http://bob:wrong@${proxy.host}` });
    const failure = await client.files(demo).catch((error: Error) => error);
    expect(failure).toMatchObject({ code: 'INDEX_UNAUTHORIZED', hint: expect.stringContaining('proxy') });
    expect(JSON.stringify([String(failure), failure])).not.toContain('wrong');
  }
});

it('each URL has its own proxy or none', async () => {
  const [plain, other] = [await startServer({ files }), await startServer({ files })];
  const proxy = await startProxy();
  const proxyFor = ({ port }: URL) => (port === new URL(plain.origin).port ? undefined : `http://${proxy.host}`);
  const client = createClient({ indexUrls: [plain.indexUrl, other.indexUrl], strategy: 'unsafe-best-match', proxyFor });
  expect(await client.files(demo)).toHaveLength(2);
  expect(proxy.seen).toEqual([`GET ${other.indexUrl}demo/`]);
});
