import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { ObjectFault } from '@wheelwright/testkit/remote/object-server';
import { testUser } from '@wheelwright/testkit/remote/s3-server';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, test } from 'vitest';
import { openRemote, openRemoteCache, overlayRemote, packKey } from '../src/index.ts';
import { build, buildKey, casPath, file, keys, openCache, quick, startServer, stranger } from './cache-helpers.ts';
import { sha256Of } from './conformance.ts';

test('one machine offers a wheel, another fetches and verifies it with one request', async () => {
  const server = await startServer();
  const sha256 = sha256Of('the wheel');
  const { cache: writer } = openCache(server);
  await writer.offer(file('the wheel'), sha256);
  expect(await writer.close()).toBe(true);
  server.forget();
  const { cache: reader } = openCache(server, { writable: false });
  const target = path.join(temporaryDir(), 'wheel');
  expect(await reader.fetch({ sha256, size: 9 }, target)).toBe(true);
  expect(readFileSync(target, 'utf8')).toBe('the wheel');
  expect(server.requests.map(({ method }) => method)).toEqual(['GET']);
  expect(reader.stats).toMatchObject({ hits: 1, misses: 0, receivedBytes: 9 });
  await reader.close();
});

test('a file that is deleted after it was offered is stored all the same', async () => {
  const server = await startServer();
  const { cache } = openCache(server);
  const offered = file('soon gone');
  await cache.offer(offered, sha256Of('soon gone'));
  rmSync(offered);
  await cache.close();
  expect(server.objects.get(casPath(sha256Of('soon gone')))?.data.toString()).toBe('soon gone');
});

test('a machine that only reads sends no write', async () => {
  const server = await startServer();
  const { cache } = openCache(server, { writable: false, signingKey: keys.signingKey });
  await cache.offer(file('x'), sha256Of('x'));
  const built = await cache.withSharedBuild(buildKey, {
    targetDir: temporaryDir(),
    build: async () => ({ path: file('x') }),
  });
  expect(built.from).toBe('local');
  await cache.close();
  expect(server.requests.map(({ method }) => method)).toEqual(['GET']);
});

const wrongs: [string, ObjectFault][] = [
  ['every byte another', { kind: 'corrupt' }],
  ['one bit another', { kind: 'bit' }],
  ['one byte short', { kind: 'shorter' }],
  ['four bytes long', { kind: 'longer' }],
  ['empty', { kind: 'body', body: new Uint8Array() }],
  ['a huge one', { kind: 'body', body: Buffer.alloc(3_000_000) }],
  ['another wheel', { kind: 'body', body: Buffer.from('another wheel, and whole') }],
  ['a page of HTML', { kind: 'body', body: Buffer.from('<html>sign in</html>') }],
  ['twice the content', { kind: 'body', body: Buffer.from('wheel 7wheel 7') }],
  ['as long, and other bytes', { kind: 'body', body: Buffer.from('wheel 8') }],
];

test('a reader uses no object of a poisoned bucket, and a writer replaces them all', async () => {
  const server = await startServer();
  const contents = Array.from({ length: 200 }, (_, n) => `wheel ${n}`);
  for (const [n, content] of contents.entries()) {
    const [, fault] = wrongs[n % wrongs.length]!;
    const bytes = Buffer.from(content);
    const wrong =
      fault.kind === 'body'
        ? Buffer.from(fault.body)
        : fault.kind === 'corrupt'
          ? Buffer.from(bytes.map((byte) => byte ^ 0xff))
          : fault.kind === 'bit'
            ? Buffer.from(bytes.map((byte, at) => (at === 1 ? byte ^ 1 : byte)))
            : fault.kind === 'shorter'
              ? bytes.subarray(1)
              : Buffer.concat([bytes, Buffer.from('more')]);
    server.put(casPath(sha256Of(content)), wrong);
  }
  const dir = temporaryDir();
  const { cache: writer, events } = openCache(server);
  for (const [n, content] of contents.entries()) {
    const target = path.join(dir, `${n}`);
    // Also without a size that is known.
    const size = n % 2 === 0 ? content.length : undefined;
    expect(await writer.fetch({ sha256: sha256Of(content), size }, target), content).toBe(false);
    expect(existsSync(target)).toBe(false);
    await writer.offer(file(content), sha256Of(content));
  }
  await writer.close();
  expect(events.filter(({ type }) => type === 'remote-altered')).toHaveLength(200);
  expect(writer.stats.hits).toBe(0);
  for (const content of contents) expect(server.objects.get(casPath(sha256Of(content)))?.data.toString()).toBe(content);
});

test('a reader names a wrong object once, and does not ask for it again', async () => {
  const server = await startServer();
  server.put(casPath(sha256Of('right')), Buffer.from('wrong'));
  const { cache, events } = openCache(server, { writable: false });
  const target = path.join(temporaryDir(), 'wheel');
  for (let n = 0; n < 3; n += 1) expect(await cache.fetch({ sha256: sha256Of('right') }, target)).toBe(false);
  await cache.offer(file('right'), sha256Of('right'));
  await cache.close();
  expect(server.requests).toHaveLength(1);
  expect(events).toEqual([expect.objectContaining({ type: 'remote-altered', key: `cas/${sha256Of('right')}` })]);
});

test.each<[string, ObjectFault]>([
  ['nothing is answered', { kind: 'silence' }],
  ['the connection is reset', { kind: 'reset' }],
  ['the body stops', { kind: 'stall' }],
  ['the body breaks off', { kind: 'cut' }],
  ['access is denied', { kind: 'status', status: 403, code: 'AccessDenied' }],
  ['the engine is overloaded', { kind: 'status', status: 503, code: 'SlowDown' }],
  ['the engine is broken', { kind: 'status', status: 500 }],
  ['a redirect comes', { kind: 'status', status: 302, headers: { location: 'http://127.0.0.1:1/' } }],
  ['the answer makes no sense', { kind: 'status', status: 418 }],
])('%s: nothing comes, nothing is thrown, and at most one line reports it', async (_what, fault) => {
  const server = await startServer();
  for (let n = 0; n < 8; n += 1) server.put(casPath(sha256Of(`wheel ${n}`)), Buffer.from(`wheel ${n}`.repeat(1)));
  server.fail(fault);
  const { cache, events } = openCache(server);
  const dir = temporaryDir();
  for (let n = 0; n < 8; n += 1) {
    expect(await cache.fetch({ sha256: sha256Of(`wheel ${n}`) }, path.join(dir, `${n}`))).toBe(false);
    expect(existsSync(path.join(dir, `${n}`))).toBe(false);
  }
  expect(events.map(({ type }) => type)).toEqual(['remote-off']);
  expect(cache.isOn).toBe(false);
  // Off: nothing is sent any more.
  const sent = server.requests.length;
  await cache.fetch({ sha256: sha256Of('wheel 0') }, path.join(dir, 'again'));
  await cache.close();
  expect(server.requests).toHaveLength(sent);
});

test('a body that breaks off once is asked for again', async () => {
  const server = await startServer();
  const content = 'x'.repeat(200_000);
  server.put(casPath(sha256Of(content)), Buffer.from(content));
  server.fail({ kind: 'cut' }, { times: 1 });
  const { cache } = openCache(server);
  expect(await cache.fetch({ sha256: sha256Of(content) }, path.join(temporaryDir(), 'wheel'))).toBe(true);
  await cache.close();
});

test('a remote that refuses writes goes on being read', async () => {
  const server = await startServer();
  server.users = [{ ...testUser, rights: 'read' }];
  server.put(casPath(sha256Of('there')), Buffer.from('there'));
  const { cache, events } = openCache(server, { signingKey: keys.signingKey });
  const built = await cache.withSharedBuild(buildKey, {
    targetDir: temporaryDir(),
    build: async () => ({ path: file('x') }),
  });
  expect(built.from).toBe('local');
  await cache.offer(file('new'), sha256Of('new'));
  expect(await cache.fetch({ sha256: sha256Of('there') }, path.join(temporaryDir(), 'wheel'))).toBe(true);
  await cache.close();
  expect(events).toEqual([expect.objectContaining({ type: 'remote-off', what: 'writes', code: 'REMOTE_DENIED' })]);
});

test('the wheels of a pack cost one request together, and each is verified', async () => {
  const server = await startServer();
  const contents = ['one', 'two', 'three'].map((text) => ({ sha256: sha256Of(text), bytes: Buffer.from(text) }));
  const hashes = contents.map(({ sha256 }) => sha256);
  const { cache: writer } = openCache(server);
  expect(await writer.storePack(hashes, contents)).toBe(true);
  expect(await writer.storePack(hashes, contents)).toBe(false);
  await writer.close();
  server.forget();
  const { cache: reader } = openCache(server, { writable: false });
  expect(await reader.fetchPack([...hashes].reverse())).toBe(3);
  const dir = temporaryDir();
  for (const { sha256 } of contents) expect(await reader.fetch({ sha256 }, path.join(dir, sha256))).toBe(true);
  expect(readFileSync(path.join(dir, sha256Of('two')), 'utf8')).toBe('two');
  expect(server.requests).toHaveLength(1);
  expect(reader.stats).toMatchObject({ hits: 3, packed: 3 });
  await reader.close();
});

test('a pack is counted by itself, whatever was fetched before', async () => {
  const server = await startServer();
  const { cache } = openCache(server);
  const pack = (texts: readonly string[]) =>
    texts.map((text) => ({ sha256: sha256Of(text), bytes: Buffer.from(text) }));
  const sets = [pack(['one', 'two', 'three']), pack(['four', 'five'])];
  const hashes = sets.map((set) => set.map(({ sha256 }) => sha256));
  for (const [at, set] of sets.entries()) await cache.storePack(hashes[at]!, set);
  expect([await cache.fetchPack(hashes[0]!), await cache.fetchPack(hashes[1]!)]).toEqual([3, 2]);
  expect(await cache.fetchPack([sha256Of('of no pack')])).toBe(0);
  await cache.close();
});

test('a reader uses only the intact wheels of an altered pack, and a writer replaces the pack', async () => {
  const server = await startServer();
  const contents = ['one', 'two'].map((text) => ({ sha256: sha256Of(text), bytes: Buffer.from(text) }));
  const hashes = contents.map(({ sha256 }) => sha256);
  const { cache: writer } = openCache(server);
  await writer.storePack(hashes, contents);
  const [name, object] = [...server.objects][0]!;
  server.put(name, Buffer.from(object.data.toString().replace(/two$/, 'TWO')));
  expect(await writer.fetchPack(hashes)).toBe(1);
  expect(await writer.storePack(hashes, contents)).toBe(true);
  expect(server.objects.get(name)?.data.equals(object.data)).toBe(true);
  await writer.close();
  expect(packKey(hashes)).toBe(packKey([...hashes].reverse()));
});

test('an old object that is used is written again once', async () => {
  const startedMs = Date.now();
  const server = await startServer();
  const sha256 = sha256Of('old');
  server.put(casPath(sha256), Buffer.from('old'), Date.now() - 30 * 24 * 3600_000);
  const { cache } = openCache(server);
  const dir = temporaryDir();
  for (const name of ['a', 'b']) expect(await cache.fetch({ sha256 }, path.join(dir, name))).toBe(true);
  await cache.close();
  expect(server.count('PUT')).toBe(1);
  expect(server.objects.get(casPath(sha256))!.modifiedMs).toBeGreaterThanOrEqual(startedMs);
});

test('a machine that is not trusted reads the main prefix and writes its own, which no other reads', async () => {
  const server = await startServer();
  await build(server, 'of the main prefix');
  const open = (prefix: string, writable: boolean) =>
    openRemote(`s3://bucket/${prefix}?endpoint=${server.origin}`, { writable, credentials: () => testUser });
  const both = () => overlayRemote(open('team', false), open('team/pr/12', true));
  const untrusted = openRemoteCache(both(), {
    trustedKeys: [keys.trustedKey],
    signingKey: stranger.signingKey,
    times: quick,
  });
  const result = await untrusted.withSharedBuild(buildKey, {
    targetDir: temporaryDir(),
    build: async () => ({ path: file('x') }),
  });
  expect(result.from).toBe('remote');
  await untrusted.offer(file('of a fork'), sha256Of('of a fork'));
  const another = sha256Of('a key of the fork');
  await untrusted.withSharedBuild(another, { targetDir: temporaryDir(), build: async () => ({ path: file('x') }) });
  await untrusted.close();
  const written = [...server.objects.keys()].filter(
    (key) => key.includes(sha256Of('of a fork')) || key.includes(another),
  );
  expect(written.length).toBeGreaterThanOrEqual(3);
  expect(written.every((key) => key.startsWith('bucket/team/pr/12/v1/'))).toBe(true);
  const again = openRemoteCache(both(), { times: quick });
  expect(await again.fetch({ sha256: sha256Of('of a fork') }, path.join(temporaryDir(), 'wheel'))).toBe(true);
  await again.close();
});
