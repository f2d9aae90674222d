import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { normalizeName } from '@wheelwright/packaging';
import type { IndexServerOptions } from '@wheelwright/testkit/index-server';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { describe, expect, it } from 'vitest';
import type { IndexFile } from '../src/index.ts';
import { createClient, demoWheel, memoryCache, metadataText, smallZip, startServer } from './helpers.ts';

const demo = normalizeName('demo');
const filename = 'demo-1.0-py3-none-any.whl';

async function openWheel(data: Buffer, options: IndexServerOptions = {}, metadata?: string) {
  const server = await startServer({ ...options, files: [{ filename, data, metadata }] });
  const client = createClient({ indexUrls: [server.indexUrl] });
  const [file] = await client.files(demo);
  server.forget();
  return { server, client, file: file!, read: () => client.metadata(file!) };
}

describe('metadata', () => {
  it('is taken from beside the wheel, without touching the wheel', async () => {
    const { server, read } = await openWheel(demoWheel(), {}, metadataText);
    expect(await read()).toBe(metadataText);
    expect(server.count(server.filePath(filename))).toBe(0);
  });

  it('that differs from its published hash is refused', async () => {
    const { server, read } = await openWheel(demoWheel(), { gzip: false }, metadataText);
    server.fail(`${server.filePath(filename)}.metadata`, { kind: 'corrupt' }, Infinity);
    await expect(read()).rejects.toMatchObject({ code: 'INDEX_HASH_MISMATCH' });
  });

  it('that is promised and missing is read from the wheel', async () => {
    const { server, read } = await openWheel(demoWheel(), {}, metadataText);
    server.fail(`${server.filePath(filename)}.metadata`, { kind: 'status', status: 404 });
    expect(await read()).toBe(metadataText);
  });

  it('is read with one request from the tail of a large wheel', async () => {
    const { server, read } = await openWheel(demoWheel({ padding: 2_000_000 }));
    expect(await read()).toBe(metadataText);
    expect(server.requests.map((one) => [one.status, one.headers.range])).toEqual([[206, 'bytes=-16384']]);
  });

  it('is found behind a long comment, and before a long directory', async () => {
    expect(await (await openWheel(demoWheel({ comment: 'x'.repeat(60_000) }))).read()).toBe(metadataText);
    const many = Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`demo/module_${n}.py`, '']));
    const wheel = smallZip({ 'demo-1.0.dist-info/METADATA': metadataText, ...many }, { padding: 100_000 });
    const { server, read } = await openWheel(wheel);
    expect(await read()).toBe(metadataText);
    expect(server.requests.every((one) => one.status === 206)).toBe(true);
  });

  it('behind a long directory is found by the last entries of that directory', async () => {
    const many = Object.fromEntries(Array.from({ length: 2000 }, (_, n) => [`demo/module_${n}.py`, '']));
    const { server, read } = await openWheel(smallZip({ ...many, 'demo-1.0.dist-info/METADATA': metadataText }));
    expect(await read()).toBe(metadataText);
    const lengths = server.requests.map((one) => one.headers.range);
    expect(lengths).toHaveLength(2);
    expect(lengths[0]).toBe('bytes=-16384');
    const [start, end] = /(\d+)-(\d+)/.exec(lengths[1]!)!.slice(1).map(Number);
    expect(end! - start!).toBeLessThan(1000);
  });

  it('of the next wheel of a project is asked for where the last one had it', async () => {
    const many = Object.fromEntries(Array.from({ length: 250 }, (_, n) => [`demo/module_${n}.py`, '']));
    const data = smallZip({ 'demo-1.0.dist-info/METADATA': metadataText, ...many }, { padding: 100_000 });
    const files = ['1.0', '1.1'].map((version) => ({ filename: `demo-${version}-py3-none-any.whl`, data }));
    const server = await startServer({ files });
    const client = createClient({ indexUrls: [server.indexUrl] });
    const [first, second] = await client.files(demo);
    await client.metadata(first!);
    server.forget();
    expect(await client.metadata(second!)).toBe(metadataText);
    expect(server.requests.map(({ status }) => status)).toEqual([206]);
  });

  it('of a server without ranges comes from the whole wheel, which the caller keeps', async () => {
    const files = ['1.0', '1.1'].map((version) => ({
      filename: `demo-${version}-py3-none-any.whl`,
      data: demoWheel(),
    }));
    const server = await startServer({ files, ranges: false });
    const client = createClient({ indexUrls: [server.indexUrl] });
    const kept: string[] = [];
    const readWhole = async (file: IndexFile) => {
      kept.push(file.filename);
      return `the metadata of ${file.filename}`;
    };
    server.forget();
    const listed = await client.files(demo);
    for (const file of listed) expect(await client.metadata(file, readWhole)).toBe(`the metadata of ${file.filename}`);
    expect(kept).toEqual(listed.map((file) => file.filename));
    // One range shows that the server gives none.
    expect(files.map((file) => server.count(server.filePath(file.filename)))).toEqual([1, 0]);
  });

  it('is read from the whole wheel when the server gives no ranges', async () => {
    const { server, read } = await openWheel(demoWheel({ padding: 100_000 }), { ranges: false });
    expect(await read()).toBe(metadataText);
    expect(server.requests.at(-1)?.status).toBe(200);
  });

  it('of a whole wheel with a wrong hash is refused', async () => {
    const { server, read } = await openWheel(demoWheel(), { ranges: false });
    server.fail(server.filePath(filename), { kind: 'corrupt' }, Infinity);
    await expect(read()).rejects.toMatchObject({ code: 'INDEX_HASH_MISMATCH' });
  });

  it.each([
    ['no archive at all', Buffer.from('not a zip')],
    ['an empty file', Buffer.alloc(0)],
    ['an archive without it', smallZip({ 'demo/__init__.py': '' })],
    ['an archive that only has that of another project', smallZip({ 'other-1.0.dist-info/METADATA': 'x' })],
    [
      'an archive that has it twice',
      smallZip({ 'demo-1.0.dist-info/METADATA': 'x', 'Demo-1.dist-info/METADATA': 'y' }),
    ],
    ['an archive cut at its front', demoWheel({ padding: 5000 }).subarray(3000)],
    ['an end record that points nowhere', Buffer.concat([demoWheel().subarray(0, -8), Buffer.alloc(8, 0xfe)])],
  ])('is not found in %s', async (_, data) => {
    for (const ranges of [true, false]) {
      const { read } = await openWheel(data, { ranges });
      await expect(read()).rejects.toMatchObject({ code: 'INDEX_BAD_PAGE' });
    }
  });

  it('read from a wheel of a known hash is kept', async () => {
    const server = await startServer({ files: [{ filename, data: demoWheel() }] });
    const cache = memoryCache();
    for (let n = 0; n < 2; n += 1) {
      const client = createClient({ indexUrls: [server.indexUrl], cache });
      const [file] = await client.files(demo);
      expect(await client.metadata(file!)).toBe(metadataText);
    }
    expect(server.count(server.filePath(filename))).toBe(1);
  });

  it('of an sdist is not available this way', async () => {
    const dir = temporaryDir();
    writeFileSync(path.join(dir, 'demo-1.0.tar.gz'), '');
    const client = createClient({ findLinks: [dir] });
    const [file] = await client.files(demo);
    await expect(client.metadata(file!)).rejects.toMatchObject({ code: 'INDEX_NOT_FOUND' });
  });
});
