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

it('one client asks about a page once, whichever of its files are wanted', async () => {
  const server = await startServer({ files, cacheControl: 'no-cache' });
  const cache = memoryCache();
  for (const status of [200, 304]) {
    const client = createClient({ indexUrls: [server.indexUrl], cache });
    server.forget();
    expect(await client.files(demo, () => false)).toEqual([]);
    expect(await client.files(demo)).toHaveLength(1);
    expect(await client.files(demo, (filename) => filename === 'demo-1.0-py3-none-any.whl')).toHaveLength(1);
    expect(server.requests.map((one) => one.status)).toEqual([status]);
  }
});

it('a page that must not be kept is not kept', async () => {
  const server = await startServer({ files, cacheControl: 'no-store' });
  const cache = memoryCache();
  await createClient({ indexUrls: [server.indexUrl], cache }).files(demo);
  expect(cache.entries.size).toBe(0);
});

it('a response for one user is not shown to another', async () => {
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

it('a page that a keyring opened is shown to no one without its credentials', async () => {
  const server = await startServer({
    files,
    cacheControl: 'max-age=600',
    credentials: { user: 'ann', password: 'secret' },
  });
  const cache = memoryCache();
  const ask = (options: object) => createClient({ indexUrls: [server.indexUrl], cache, ...options }).files(demo);
  const askKeyring = async () => ({ username: 'ann', password: 'secret' });
  expect(await ask({ askKeyring })).toHaveLength(1);
  await expect(ask({})).rejects.toMatchObject({ code: 'INDEX_UNAUTHORIZED' });
  // Who has the credentials in the URL gets the kept page.
  const before = server.requests.length;
  expect(await ask({ indexUrls: [server.indexUrl.replace('://', '://ann:secret@')] })).toHaveLength(1);
  expect(server.requests.length).toBe(before);
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

it('a page that has not changed is not written again, only what the server said of it', async () => {
  const server = await startServer({ files, cacheControl: 'max-age=60' });
  const cache = memoryCache();
  const ask = () => createClient({ indexUrls: [server.indexUrl], cache }).files(demo);
  const whole = await ask();
  const written: number[] = [];
  const watched = {
    read: (key: string) => cache.read(key),
    write(key: string, meta: string, body: Uint8Array) {
      written.push(body.length);
      cache.write(key, meta, body);
    },
  };
  for (const [key, { meta, body }] of cache.entries) {
    cache.entries.set(key, { meta: meta.replace(/"t":\d+/, '"t":1'), body }); // long ago
  }
  expect(await createClient({ indexUrls: [server.indexUrl], cache: watched }).files(demo)).toEqual(whole);
  expect(server.requests.map((one) => one.status)).toEqual([200, 304]);
  expect(written).toEqual([0]);
});

it('unwanted files are omitted, from the network and from the cache', async () => {
  const names = ['demo-1.0-py3-none-any.whl', 'demo-1.0.tar.gz', 'demo-2.0-py3-none-any.whl'];
  const server = await startServer({ files: names.map((filename) => ({ ...files[0]!, filename })) });
  const cache = memoryCache();
  for (const expected of [1, 1]) {
    const client = createClient({ indexUrls: [server.indexUrl], cache });
    const wheels = await client.files(demo, (filename) => filename.endsWith('.whl'));
    expect(wheels.map(({ filename }) => filename)).toEqual([names[0], names[2]]);
    expect(await client.files(demo)).toHaveLength(3);
    expect(server.count()).toBe(expected);
  }
});

it('a page that was sent again as it was is neither read nor written again', async () => {
  const server = await startServer({ files, cacheControl: 'no-cache', validators: false });
  const cache = memoryCache();
  const ask = () => createClient({ indexUrls: [server.indexUrl], cache }).files(demo);
  const whole = await ask();
  const bodies = [...cache.entries.values()].filter(({ body }) => body.length > 0);
  expect(await ask()).toEqual(whole);
  expect(server.requests.map((one) => one.status)).toEqual([200, 200]);
  expect([...cache.entries.values()].filter(({ body }) => body.length > 0)).toEqual(bodies);
  server.add({ ...files[0]!, filename: 'demo-1.1-py3-none-any.whl' });
  expect(await ask()).toHaveLength(2);
});

it.each([
  ['max-age=600', 600],
  ['max-age=600, stale-if-error=86400', 600],
  ['no-cache, stale-if-error=86400', undefined],
  ['max-age=0, stale-while-revalidate=3600', undefined],
  ['no-store', undefined],
])('with %s a page holds for %s seconds', async (cacheControl, seconds) => {
  const server = await startServer({ files, cacheControl });
  const cache = memoryCache();
  for (const _ of ['from the network', 'from the cache']) {
    const client = createClient({ indexUrls: [server.indexUrl], cache });
    expect(client.freshUntil()).toBe(Number.POSITIVE_INFINITY);
    await client.files(demo);
    const holds = client.freshUntil() - Date.now();
    if (seconds === undefined) expect(holds).toBeLessThan(0);
    else expect(holds).toSatisfy((ms: number) => ms > 0 && ms <= seconds * 1000);
  }
});

it('metadata of a wheel without a hash is not cached', async () => {
  const server = await startServer({ files: [{ ...files[0]!, metadata: undefined, hashes: {} }] });
  const client = createClient({ indexUrls: [server.indexUrl], cache: memoryCache() });
  const [file] = await client.files(demo);
  expect(client.freshUntil()).toBeGreaterThan(Date.now());
  await client.metadata(file!);
  expect(client.freshUntil()).toBe(0);
});
