import type { S3Server } from '@wheelwright/testkit/remote/s3-server';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, test } from 'vitest';
import type { BuildRecord } from '../src/index.ts';
import { acPath, build, buildKey, casPath, file, keys, openCache, startServer, stranger } from './cache-helpers.ts';
import { sha256Of } from './conformance.ts';

test('a second machine gets the build of the first, under its name', async () => {
  const server = await startServer();
  expect(await build(server, 'built once')).toMatchObject({ from: 'local', content: 'built once' });
  expect(await build(server, 'built twice')).toMatchObject({ from: 'remote', content: 'built once' });
});

test('a build of a stranger is not used, and is replaced', async () => {
  const server = await startServer();
  await build(server, 'of a stranger', { signingKey: stranger.signingKey });
  expect(await build(server, 'of the team')).toMatchObject({ from: 'local', content: 'of the team' });
  expect(await build(server, 'again')).toMatchObject({ from: 'remote', content: 'of the team' });
});

test('a stranger is believed where its key is trusted', async () => {
  const server = await startServer();
  await build(server, 'of a friend', { signingKey: stranger.signingKey });
  const { cache } = openCache(server, { writable: false, trustedKeys: [stranger.trustedKey] });
  const result = await cache.withSharedBuild(buildKey, {
    targetDir: temporaryDir(),
    build: async () => ({ path: file('x') }),
  });
  expect(result).toMatchObject({ from: 'remote', artifact: { filename: 'demo-1.0-py3-none-any.whl' } });
  await cache.close();
});

/** Ways in which an attacker who may write to the bucket alters a record. */
const forgeries: [string, (text: string, record: { artifact: { sha256: string; filename: string } }) => string][] = [
  ['another wheel under the signature', (text, { artifact }) => text.replace(artifact.sha256, sha256Of('evil'))],
  ['a name that leads out of the directory', (text) => text.replaceAll('demo-1.0-py3-none-any.whl', '../evil')],
  ['the id of a trusted key over a signature of none', (text) => text.replace(/"ed25519":"[^"]+"/, '"ed25519":"AAAA"')],
  ['no signature', (text) => text.replace(/"sigs":\[[^\]]*\]/, '"sigs":[]')],
  ['another key', (text) => text.replaceAll(buildKey, sha256Of('another key'))],
  ['another size', (text) => text.replace(/"size":\d+/, '"size":1')],
  ['no JSON', () => 'gone wrong'],
  ['a list of nothing', () => '{"format":1,"records":[null,1,{}]}'],
  ['a newer format', (text) => text.replace('{"format":1', '{"format":2')],
  ['two megabytes', () => 'x'.repeat(2_000_000)],
];

test.each(forgeries)('a record with %s is not used, and is replaced by the next that builds', async (_what, forge) => {
  const server = await startServer();
  await build(server, 'genuine');
  server.put(casPath(sha256Of('evil')), Buffer.from('evil'));
  const text = server.objects.get(acPath)!.data.toString();
  server.put(acPath, Buffer.from(forge(text, JSON.parse(text).records[0])));
  expect(await build(server, 'built again')).toMatchObject({ from: 'local', content: 'built again' });
  expect(await build(server, 'again')).toMatchObject({ from: 'remote', content: 'built again' });
});

test('a record of another key is not believed under this one', async () => {
  const server = await startServer();
  await build(server, 'for one key');
  const another = sha256Of('another key');
  server.put(`bucket/team/v1/ac/${another.slice(0, 2)}/${another}`, server.objects.get(acPath)!.data);
  const { cache } = openCache(server, { writable: false, trustedKeys: [keys.trustedKey] });
  const result = await cache.withSharedBuild(another, {
    targetDir: temporaryDir(),
    build: async () => ({ path: file('own') }),
  });
  expect(result.from).toBe('local');
  await cache.close();
});

test.each([
  ['is gone', (server: S3Server) => void server.objects.delete(casPath(sha256Of('first')))],
  ['is altered', (server: S3Server) => server.put(casPath(sha256Of('first')), Buffer.from('other'))],
])('a record whose artifact %s is built again and put right', async (_what, spoil) => {
  const server = await startServer();
  await build(server, 'first');
  spoil(server);
  expect(await build(server, 'second')).toMatchObject({ from: 'local', content: 'second' });
  expect(await build(server, 'third')).toMatchObject({ from: 'remote', content: 'second' });
});

test('records that observed different things stand side by side, and each machine takes its own', async () => {
  const server = await startServer();
  const wants = (observed: string) => ({ observed, accepts: (record: BuildRecord) => record.observed === observed });
  await build(server, 'with one compiler', wants('gcc 12'));
  await build(server, 'with the other', wants('gcc 13'));
  expect(await build(server, '', wants('gcc 12'))).toMatchObject({ from: 'remote', content: 'with one compiler' });
  expect(await build(server, '', wants('gcc 13'))).toMatchObject({ from: 'remote', content: 'with the other' });
});

test('an engine that ignores conditions is reported, and every machine builds by itself', async () => {
  const server = await startServer();
  server.fail({ kind: 'unconditional' }, { method: 'PUT' });
  const { from, events } = await build(server, 'own');
  expect(from).toBe('local');
  expect(events).toContainEqual(expect.objectContaining({ type: 'remote-off', what: 'single-flight' }));
  expect(server.count('PUT', /lease/)).toBe(0);
  // It is published all the same.
  expect((await build(server, 'again')).content).toBe('own');
});

test('a holder whose answers are lost does not wait for itself', async () => {
  const server = await startServer();
  server.fail({ kind: 'answer-lost' }, { method: 'PUT', path: /lease/, times: 1 });
  const { from, events } = await build(server, 'own');
  expect(from).toBe('local');
  expect(events.map(({ type }) => type)).not.toContain('remote-takeover');
  expect((await build(server, 'again')).from).toBe('remote');
});

test('an error of the build passes unchanged', async () => {
  const server = await startServer();
  const { cache } = openCache(server, { signingKey: keys.signingKey });
  const error = new Error('the backend failed');
  const building = cache.withSharedBuild(buildKey, {
    targetDir: temporaryDir(),
    build: async () => {
      throw error;
    },
  });
  await expect(building).rejects.toBe(error);
  await cache.close();
});

test('an abort of a wait passes as it is', async () => {
  const server = await startServer();
  const { cache: holder } = openCache(server, { signingKey: keys.signingKey });
  let finish = () => {};
  const building = holder.withSharedBuild(buildKey, {
    targetDir: temporaryDir(),
    build: () => new Promise((resolve) => (finish = () => resolve({ path: file('late') }))),
  });
  await expect.poll(() => server.count('PUT', /lease/)).toBe(1);
  const abort = new AbortController();
  const { cache: waiter, events } = openCache(server, { signingKey: keys.signingKey });
  const waiting = waiter.withSharedBuild(buildKey, {
    targetDir: temporaryDir(),
    signal: abort.signal,
    build: async () => ({ path: file('never') }),
  });
  waiting.catch(() => undefined);
  await expect.poll(() => events.some(({ type }) => type === 'remote-waiting')).toBe(true);
  const reason = new Error('interrupted');
  abort.abort(reason);
  await expect(waiting).rejects.toBe(reason);
  finish();
  await building;
  await Promise.all([holder.close(), waiter.close()]);
});

test('uploads that do not end in time are given up, and no machine waits for them', async () => {
  const server = await startServer();
  server.fail({ kind: 'delay', ms: 250 }, { method: 'PUT', path: /cas/ });
  const { cache } = openCache(server, { signingKey: keys.signingKey });
  await cache.withSharedBuild(buildKey, { targetDir: temporaryDir(), build: async () => ({ path: file('slow') }) });
  expect(await cache.close(20)).toBe(false);
  const lease = [...server.objects].find(([key]) => key.includes('/lease/'))?.[1].data.toString() ?? '{}';
  expect(JSON.parse(lease)).toMatchObject({ state: 'abandoned' });
});

test('work that keeps nothing is waited for once, and never again', async () => {
  const server = await startServer();
  const order: string[] = [];
  const alone = async (name: string, work: () => Promise<void>) => {
    const { cache } = openCache(server, { signingKey: keys.signingKey });
    await cache.readBuilds(buildKey);
    await cache.alone(buildKey, async () => {
      order.push(name);
      await work();
    });
    await cache.close();
  };
  let finish = () => {};
  const first = alone('first', () => new Promise((resolve) => (finish = () => resolve())));
  await expect.poll(() => order).toEqual(['first']);
  const waiting = [alone('second', async () => {}), alone('third', async () => {})];
  await expect.poll(() => server.count('GET', /lease/)).toBeGreaterThan(3);
  expect(order).toEqual(['first']);
  finish();
  await Promise.all([first, ...waiting]);
  // The two did not wait for each other, and one that comes later asks no one.
  server.forget();
  await alone('later', async () => {});
  expect(order).toHaveLength(4);
  expect(server.count('PUT', /lease/)).toBe(1);
  expect(server.count('GET', /lease/)).toBeLessThanOrEqual(2);
});

test('work that fails passes its error, and a kept artifact that is not its record is a bug', async () => {
  const server = await startServer();
  const { cache } = openCache(server, { signingKey: keys.signingKey });
  const error = new Error('the backend failed');
  await expect(cache.alone(buildKey, () => Promise.reject(error))).rejects.toBe(error);
  const artifact = { filename: 'demo-1.0-py3-none-any.whl', sha256: sha256Of('another'), size: 1 };
  await expect(cache.keepBuild({ key: buildKey, artifact }, file('one'))).rejects.toThrow(/^bug: /);
  await cache.close();
});
