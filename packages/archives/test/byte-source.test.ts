import { closeSync, openSync, truncateSync, writeSync } from 'node:fs';
import path from 'node:path';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, it } from 'vitest';
import { openSource } from '../src/byte-source.ts';

const size = 65 * 1024 * 1024;

/** A file with holes, larger than what is held in memory, with text at both ends. */
function largeFile(): string {
  const file = path.join(temporaryDir(), 'large');
  const fd = openSync(file, 'wx');
  writeSync(fd, 'start', 0);
  writeSync(fd, 'end', size - 3);
  closeSync(fd);
  truncateSync(file, size);
  return file;
}

it('reads a large file anywhere, and no further than its end', () => {
  const source = openSource(largeFile());
  expect([source.size, source.whole]).toEqual([size, undefined]);
  expect(source.read(0, 5).toString()).toBe('start');
  expect(source.read(size - 3, 99).toString()).toBe('end');
  expect(
    source
      .read(size - 100_000, 100_000)
      .subarray(-3)
      .toString(),
  ).toBe('end');
  expect(source.borrow(0, 100_000).subarray(0, 5).toString()).toBe('start');
  source.close();
});

it('lends the same memory again, and keeps what was read', () => {
  const source = openSource(largeFile());
  const kept = source.read(0, 100_000);
  const lent = source.borrow(0, 100_000);
  expect(source.borrow(1, 100_000).buffer).toBe(lent.buffer);
  expect(source.borrow(size - 3, 99).toString()).toBe('end');
  expect(kept.subarray(0, 5).toString()).toBe('start');
  source.close();
});

it('reads no more of a file without writers into memory than of a large one', () => {
  const file = path.join(temporaryDir(), 'still');
  const fd = openSync(file, 'wx');
  writeSync(fd, 'end', 9 * 1024 * 1024 - 3);
  closeSync(fd);
  const [still, other] = [openSource(file, file, true), openSource(file)];
  expect([still.whole?.length, other.whole?.length]).toEqual([undefined, 9 * 1024 * 1024]);
  for (const source of [still, other]) expect(source.read(9 * 1024 * 1024 - 3, 99).toString()).toBe('end');
  still.close();
});
