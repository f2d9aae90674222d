import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, it } from 'vitest';
import { createClient, startServer } from './helpers.ts';

const filename = 'demo-1.0-py3-none-any.whl';
const data = Buffer.alloc(300_000, 'wheel');
const digest = (algorithm: string) => createHash(algorithm).update(data).digest('hex');
const right = { sha256: digest('sha256'), sha512: digest('sha512'), md5: digest('md5') };

async function openDownload() {
  const server = await startServer({ files: [{ filename, data }] });
  const dir = temporaryDir();
  const target = path.join(dir, filename);
  return { server, dir, target, client: createClient({}), url: server.fileUrl(filename) };
}

it('brings the file, its sha256 and its size, and tells of the progress', async () => {
  const { client, url, target, dir } = await openDownload();
  const seen: number[] = [];
  const onProgress = ({ received, total }: { received: number; total?: number | undefined }) => {
    seen.push(received);
    expect(total).toBe(data.length);
  };
  const found = await client.download({ url, hashes: right, size: data.length }, target, { onProgress });
  expect(found).toEqual({ sha256: right.sha256, size: data.length });
  expect(readFileSync(target).equals(data)).toBe(true);
  expect(seen.at(-1)).toBe(data.length);
  expect(readdirSync(dir)).toEqual([filename]);
});

it.each([
  ['sha256', { sha256: '0'.repeat(64) }, undefined],
  ['any one of several', { ...right, md5: '0'.repeat(32) }, undefined],
  ['size (too long)', right, data.length - 1],
  ['size (too short)', right, data.length + 1],
])('leaves nothing behind when the file has not the stated %s', async (_, hashes, size) => {
  const { client, url, target, dir, server } = await openDownload();
  const answer = client.download({ url, hashes, size }, target);
  await expect(answer).rejects.toMatchObject({ code: 'INDEX_HASH_MISMATCH', data: { url } });
  expect(readdirSync(dir)).toEqual([]);
  expect(server.count()).toBe(1);
});

it('starts again after a connection that was cut', async () => {
  const { client, url, target, dir, server } = await openDownload();
  server.fail(server.filePath(filename), { kind: 'cut' }, 2);
  expect(await client.download({ url, hashes: right }, target)).toMatchObject({ size: data.length });
  expect(readdirSync(dir)).toEqual([filename]);
});

it('leaves what was at the target as it was when it fails', async () => {
  const { client, url, target, dir, server } = await openDownload();
  writeFileSync(target, 'old');
  server.fail(server.filePath(filename), { kind: 'cut' }, Infinity);
  await expect(client.download({ url }, target)).rejects.toMatchObject({ code: 'INDEX_UNREACHABLE' });
  expect(readFileSync(target, 'utf8')).toBe('old');
  expect(readdirSync(dir)).toEqual([filename]);
});

it('ends with its signal and leaves nothing behind', async () => {
  const { client, url, target, dir } = await openDownload();
  const abort = new AbortController();
  const onProgress = () => abort.abort(new Error('enough'));
  await expect(client.download({ url }, target, { signal: abort.signal, onProgress })).rejects.toThrow('enough');
  expect(readdirSync(dir)).toEqual([]);
});

it('copies and checks local files', async () => {
  const { client, target, dir } = await openDownload();
  const source = path.join(temporaryDir(), filename);
  const url = pathToFileURL(source).href;
  await expect(client.download({ url }, target)).rejects.toMatchObject({ code: 'INDEX_NOT_FOUND' });
  writeFileSync(source, data);
  const hashes = { sha256: '1'.repeat(64) };
  await expect(client.download({ url, hashes }, target)).rejects.toMatchObject({ code: 'INDEX_HASH_MISMATCH' });
  expect(readdirSync(dir)).toEqual([]);
  expect(await client.download({ url, hashes: right }, target)).toEqual({ sha256: right.sha256, size: data.length });
});

it('passes on what the disk says, at once', async () => {
  const { client, url, dir, server } = await openDownload();
  const target = path.join(dir, 'missing', filename);
  await expect(client.download({ url }, target)).rejects.toMatchObject({ code: 'ENOENT' });
  expect(server.count()).toBe(1);
});

it('says that a file is gone', async () => {
  const { client, server, target } = await openDownload();
  const answer = client.download({ url: server.fileUrl('gone-1.0.tar.gz') }, target);
  await expect(answer).rejects.toMatchObject({ code: 'INDEX_NOT_FOUND' });
});
