// Leases that someone else put into the bucket: none keeps a machine from its artifact for longer than its limits.
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, test } from 'vitest';
import { build, buildKey, keys, openCache, quick, startServer } from './cache-helpers.ts';

const leasePath = `bucket/team/v1/lease/${buildKey.slice(0, 2)}/${buildKey}`;
const lease = (more: Readonly<Record<string, unknown>>) =>
  JSON.stringify({ format: 1, holder: 'someone', gen: 0, n: 0, state: 'building', ...more });
const future = new Date(Date.now() + 400 * 24 * 3600_000);

const leases: [string, string, number?][] = [
  ['written in the future, by the clock of the engine', lease({}), future.getTime()],
  ['that says that it holds for a year', lease({ until: future.toISOString(), renewedAt: future.toISOString() })],
  ['of the largest generation that counts', lease({ gen: 2 ** 40 - 1, n: 2 ** 40 - 1 })],
  ['of a generation that is not a count', lease({ gen: 1e300 })],
  ['with less than nothing', lease({ gen: -1, n: -1 })],
  ['of a newer format', lease({ format: 2 })],
  ['in a state that there is not', lease({ state: 'forever' })],
  ['that is done, and there is no record', lease({ state: 'done' })],
  ['that failed before anyone came', lease({ state: 'failed', code: 'X' })],
  ['without a holder', lease({ holder: undefined })],
  ['that is a list', '[1]'],
  ['that is not JSON', '<html>sign in</html>'],
  ['that is empty', ''],
  ['of a megabyte', lease({ holder: 'x'.repeat(1 << 20) })],
];

test.each(leases)('a lease %s is taken over, and the build is published', async (_what, text, modifiedMs) => {
  const server = await startServer();
  server.put(leasePath, Buffer.from(text), modifiedMs);
  const { from, content } = await build(server, 'built here');
  expect({ from, content }).toEqual({ from: 'local', content: 'built here' });
  expect(await build(server, 'again')).toMatchObject({ from: 'remote', content: 'built here' });
  expect(JSON.parse(server.objects.get(leasePath)!.data.toString())).toMatchObject({ state: 'done' });
  // It holds no time that a clock could be compared with.
  expect(Object.keys(JSON.parse(server.objects.get(leasePath)!.data.toString())).sort()).toEqual(
    ['format', 'gen', 'holder', 'n', 'state'].sort(),
  );
});

test('a lease that someone renews for ever is waited for as long as a machine waits, and then it builds', async () => {
  const server = await startServer();
  let n = 0;
  const renewing = setInterval(() => server.put(leasePath, Buffer.from(lease({ n: n++ }))), 20);
  server.put(leasePath, Buffer.from(lease({})));
  try {
    const { from, content, events } = await build(server, 'built here', {
      times: { ...quick, ttlMs: 60_000, waitMs: 500 },
    });
    expect({ from, content }).toEqual({ from: 'local', content: 'built here' });
    expect(events.map(({ type }) => type)).toEqual(['remote-waiting']);
  } finally {
    clearInterval(renewing);
  }
});

test('an older record that is put back is believed: it was signed for this key, and its artifact is verified', async () => {
  const server = await startServer();
  await build(server, 'first');
  const older = new Map(server.objects);
  const record = [...older.keys()].find((key) => key.includes('/ac/'))!;
  await build(server, 'second', { accepts: () => false });
  server.put(record, older.get(record)!.data);
  expect(await build(server, 'third')).toMatchObject({ from: 'remote', content: 'first' });
});

test('the failure of one build of a run is not shown to the others', async () => {
  const server = await startServer();
  const { cache } = openCache(server, { signingKey: keys.signingKey });
  const secret = Object.assign(new Error('password=hunter2'), { code: 'BUILD_FAILED' });
  const building = cache.withSharedBuild(buildKey, { targetDir: temporaryDir(), build: () => Promise.reject(secret) });
  await expect(building).rejects.toBe(secret);
  await cache.close();
  for (const { data } of server.objects.values()) expect(data.toString()).not.toContain('hunter2');
  expect(JSON.parse(server.objects.get(leasePath)!.data.toString())).toMatchObject({
    state: 'failed',
    code: 'BUILD_FAILED',
  });
});
