import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, test } from 'vitest';
import { receiveFile } from '../src/artifacts/receive.ts';
import { sha256Of } from './conformance.ts';

/** An object whose body comes in chunks of `step` bytes. */
function objectOf(content: Buffer, step: number, announced: number | undefined = content.length) {
  const chunks = Array.from({ length: Math.ceil(content.length / step) }, (_, n) =>
    content.subarray(n * step, (n + 1) * step),
  );
  return { body: Readable.from(chunks, { objectMode: false }), size: announced, etag: '"1"', ageMs: undefined };
}

/** Bytes that differ at every place that matters. */
const content = (size: number) => Buffer.from(Uint8Array.from({ length: size }, (_, n) => (n * 31 + (n >> 8)) & 0xff));

const target = () => path.join(temporaryDir(), 'wheel');

test.each([
  [0, 1],
  [1, 1],
  [(1 << 18) - 1, 1000],
  [1 << 18, 1 << 16],
  [(1 << 18) + 1, 1 << 18],
  [3_000_001, 65_536],
  [9_000_000, 4_000_000],
  [2_000_000, 700],
])('%i bytes in chunks of %i arrive as they are, with and without a size that is known', async (size, step) => {
  const bytes = content(size);
  for (const announced of [size, undefined]) {
    const file = target();
    const expected = { sha256: sha256Of(bytes), size: announced };
    expect(await receiveFile(objectOf(bytes, step, announced), file, expected, 'r')).toBe(size);
    expect(readFileSync(file).equals(bytes)).toBe(true);
  }
});

test.each([10, 5_000_000])('%i bytes with another hash leave nothing behind', async (size) => {
  const file = target();
  const received = receiveFile(objectOf(content(size), 65_536), file, { sha256: sha256Of('another') }, 'r');
  await expect(received).rejects.toMatchObject({ code: 'REMOTE_ALTERED' });
  expect(existsSync(file)).toBe(false);
});

test.each([
  ['the first byte too many ends it', 5_000_000, 4_999_999, undefined],
  ['a size that is announced wrong is not waited for', 5_000_000, 4_000_000, 5_000_000],
  ['an end too early', 5_000_000, 5_000_001, undefined],
])('%s', async (_what, size, expected, announced) => {
  const file = target();
  const object = { ...objectOf(content(size), 65_536), size: announced };
  const received = receiveFile(object, file, { sha256: sha256Of(content(size)), size: expected }, 'r');
  await expect(received).rejects.toMatchObject({ code: 'REMOTE_ALTERED' });
  expect([existsSync(file), object.body.destroyed]).toEqual([false, true]);
});

test.each([10, 5_000_000])('a body of %i bytes that breaks off is a failure of the remote', async (size) => {
  const file = target();
  const bytes = content(size);
  const body = new Readable({ read() {} });
  body.push(bytes.subarray(0, size - 1));
  setImmediate(() => body.destroy(Object.assign(new Error('aborted'), { code: 'ECONNRESET' })));
  const object = { body, size, etag: '"1"', ageMs: undefined };
  await expect(receiveFile(object, file, { sha256: sha256Of(bytes), size }, 'r')).rejects.toMatchObject({
    code: 'REMOTE_UNREACHABLE',
  });
  expect(existsSync(file)).toBe(false);
});

test.each([10, 5_000_000])(
  '%i bytes where a file is already: it stays, and the error of the disk passes',
  async (size) => {
    const file = target();
    writeFileSync(file, 'mine');
    const bytes = content(size);
    const received = receiveFile(objectOf(bytes, 65_536), file, { sha256: sha256Of(bytes), size }, 'r');
    await expect(received).rejects.toMatchObject({ code: 'EEXIST' });
    expect(readFileSync(file, 'utf8')).toBe('mine');
  },
);
