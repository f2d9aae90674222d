import { normalizeName } from '@wheelwright/packaging';
import { expect, it } from 'vitest';
import { createClient, demoWheel, memoryCache, metadataText, startServer } from './helpers.ts';

const demo = normalizeName('demo');
const files = [{ filename: 'demo-1.0-py3-none-any.whl', data: demoWheel(), metadata: metadataText }];

it('a page that is fresh is not asked for again', async () => {
  const server = await startServer({ files });
  const cache = memoryCache();
  const ask = () => createClient({ indexUrls: [server.indexUrl], cache }).files(demo);
  expect(await ask()).toEqual(await ask());
  expect(server.count()).toBe(1);
});

it('a page that may have changed is asked about, and taken from the cache when it has not', async () => {
  const server = await startServer({ files, cacheControl: 'no-cache' });
  const cache = memoryCache();
  const ask = () => createClient({ indexUrls: [server.indexUrl], cache }).files(demo);
  expect(await ask()).toEqual(await ask());
  expect(server.requests.map((one) => one.status)).toEqual([200, 304]);
  server.add({ ...files[0]!, filename: 'demo-1.1-py3-none-any.whl' });
  expect(await ask()).toHaveLength(2);
  expect(server.requests.map((one) => one.status)).toEqual([200, 304, 200]);
});

it('a page that must not be kept is not kept', async () => {
  const server = await startServer({ files, cacheControl: 'no-store' });
  const cache = memoryCache();
  await createClient({ indexUrls: [server.indexUrl], cache }).files(demo);
  expect(cache.entries.size).toBe(0);
});

it('what one user may see is not shown to another', async () => {
  const server = await startServer({ files, credentials: { user: 'ann', password: 'secret' } });
  const cache = memoryCache();
  const as = (user: string) => server.indexUrl.replace('://', `://${user}:secret@`);
  await createClient({ indexUrls: [as('ann')], cache }).files(demo);
  const other = createClient({ indexUrls: [as('bob')], cache });
  await expect(other.files(demo)).rejects.toMatchObject({ code: 'INDEX_UNAUTHORIZED' });
});

it('a damaged entry counts as none', async () => {
  const server = await startServer({ files });
  const cache = memoryCache();
  const ask = () => createClient({ indexUrls: [server.indexUrl], cache }).files(demo);
  const whole = await ask();
  for (const damage of [
    (entry: { meta: string; body: Uint8Array }) => ({ ...entry, meta: entry.meta.slice(0, 20) }),
    (entry: { meta: string; body: Uint8Array }) => ({ ...entry, body: entry.body.subarray(1) }),
    (entry: { meta: string; body: Uint8Array }) => ({ ...entry, meta: '{"format":1}' }),
  ]) {
    for (const [key, entry] of cache.entries) cache.entries.set(key, damage(entry));
    expect(await ask()).toEqual(whole);
  }
});

it('published metadata is kept, too', async () => {
  const server = await startServer({ files });
  const cache = memoryCache();
  for (let n = 0; n < 2; n += 1) {
    const client = createClient({ indexUrls: [server.indexUrl], cache });
    const [file] = await client.files(demo);
    expect(await client.metadata(file!)).toBe(metadataText);
  }
  expect(server.count()).toBe(2);
});
