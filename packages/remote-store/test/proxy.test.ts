// The remote behind a proxy, and over https.
import { readFileSync } from 'node:fs';
import net from 'node:net';
import { makeCertificate } from '@wheelwright/testkit/certificate';
import { startProxy } from '@wheelwright/testkit/proxy-server';
import { startS3Server, testUser } from '@wheelwright/testkit/remote/s3-server';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, onTestFinished, test } from 'vitest';
import { type OpenRemoteOptions, openRemote } from '../src/index.ts';
import { freshKey, readObject, sha256Of } from './conformance.ts';

async function start(tls?: { cert: string; key: string }) {
  const server = await startS3Server({ tls });
  onTestFinished(() => server.close());
  const open = (options: OpenRemoteOptions = {}) => {
    const remote = openRemote(`s3://bucket/team?endpoint=${server.origin}`, {
      writable: true,
      credentials: () => testUser,
      ...options,
    });
    onTestFinished(() => remote.close());
    return remote;
  };
  return { server, open };
}

test('plain requests are handed to the proxy, signed for the engine, and only the proxy sees its login', async () => {
  const { server, open } = await start();
  const proxy = await startProxy('bob:p@ss');
  const remote = open({ proxyUrl: `http://bob:p%40ss@${proxy.host}` });
  const key = freshKey();
  await remote.putIfAbsent(key, Buffer.from('x'), sha256Of('x'));
  expect((await readObject(remote, key)).text).toBe('x');
  expect(proxy.seen).toHaveLength(2);
  expect(server.requests.some(({ headers }) => headers['proxy-authorization'] !== undefined)).toBe(false);
});

test('a proxy that refuses is a denial that quotes no password', async () => {
  const { open } = await start();
  const proxy = await startProxy('bob:right');
  const error = await open({ proxyUrl: `http://bob:wrongword@${proxy.host}` })
    .get(freshKey())
    .catch((thrown: unknown) => thrown as Error);
  expect(error).toMatchObject({ code: 'REMOTE_DENIED' });
  expect(JSON.stringify([String(error), error])).not.toContain('wrongword');
});

test('encrypted requests go through a tunnel, and the certificate of the engine is checked', async (context) => {
  const tls = makeCertificate(temporaryDir());
  if (tls === undefined) return context.skip();
  const { open } = await start(tls);
  const proxy = await startProxy('bob:p@ss');
  const ca = readFileSync(tls.certPath, 'utf8');
  const proxyUrl = `http://bob:p%40ss@${proxy.host}`;
  const remote = open({ proxyUrl, ca });
  const key = freshKey();
  await remote.putIfAbsent(key, Buffer.from('x'), sha256Of('x'));
  expect((await readObject(remote, key)).text).toBe('x');
  expect(proxy.seen).toEqual([expect.stringMatching(/^CONNECT 127\.0\.0\.1:/)]);
  // The same without a proxy; and an engine whose certificate no one vouches for is not talked to.
  expect(await open({ ca }).get(freshKey())).toBe('absent');
  for (const options of [{}, { proxyUrl }])
    await expect(open(options).get(freshKey())).rejects.toMatchObject({ code: 'REMOTE_UNREACHABLE' });
  const refused = open({ ca, proxyUrl: `http://bob:wrongword@${proxy.host}` });
  await expect(refused.get(freshKey())).rejects.toMatchObject({ code: 'REMOTE_DENIED' });
});

test('a proxy and an engine with IPv6 addresses are reached, plain and through a tunnel', async (context) => {
  const tls = makeCertificate(temporaryDir());
  if (tls === undefined || !(await hasIpv6())) return context.skip();
  const ca = readFileSync(tls.certPath, 'utf8');
  const proxy = await startProxy('bob:p@ss');
  const proxyUrl = `http://bob:p%40ss@${await relayOnIpv6(proxy.host)}`;
  for (const given of [undefined, tls]) {
    const { server } = await start(given);
    const { protocol, host } = new URL(server.origin);
    const place = await relayOnIpv6(host);
    const remote = openRemote(`s3://bucket/team?endpoint=${protocol}//${place}`, {
      writable: true,
      credentials: () => testUser,
      proxyUrl,
      ca,
    });
    onTestFinished(() => remote.close());
    expect(await remote.get(freshKey())).toBe('absent');
  }
  expect(proxy.seen).toEqual([
    expect.stringMatching(/^GET http:\/\/\[::1\]:/),
    expect.stringMatching(/^CONNECT \[::1\]:/),
  ]);
});

test('user and password of a proxy that are no part of a URL are a mistake in the settings, and not quoted', () => {
  const opening = () => openRemote('s3://bucket', { proxyUrl: 'http://bob:50%off@proxy:3128' });
  expect(opening).toThrow(expect.objectContaining({ code: 'REMOTE_MISCONFIGURED' }));
  expect(opening).toThrow(/proxy:3128 are not percent-encoded/);
  expect(opening).not.toThrow(/50%off/);
});

async function hasIpv6(): Promise<boolean> {
  return relayOnIpv6('127.0.0.1:1').then(
    () => true,
    () => false,
  );
}

/** A port of `[::1]` that leads to `host`; ends with the test. */
async function relayOnIpv6(host: string): Promise<string> {
  const [name = '', port = ''] = host.split(':');
  const server = net.createServer((socket) => {
    const onward = net.connect(Number(port), name);
    for (const one of [socket, onward]) one.on('error', () => one.destroy());
    socket.pipe(onward).pipe(socket);
  });
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '::1', resolve));
  return `[::1]:${(server.address() as net.AddressInfo).port}`;
}
