import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, test } from 'vitest';
import { readHead, readReadable, readText } from '../src/read-if-present.ts';

test('a missing path, or one that is not a file, gives undefined', () => {
  const dir = temporaryDir();
  writeFileSync(path.join(dir, 'file'), 'text');
  mkdirSync(path.join(dir, 'directory'));
  for (const read of [readText, readReadable, (file: string) => readHead(file, 2)]) {
    for (const name of ['missing', 'directory', 'file/below']) expect(read(path.join(dir, name))).toBeUndefined();
  }
  expect(readText(path.join(dir, 'file'))).toBe('text');
  expect(readHead(path.join(dir, 'file'), 2)).toBe('te');
});

// The kernel refuses to read its own memory at the position 0, and read(2) names no path.
test.runIf(canFailToRead())('an error of a read names the path', () => {
  for (const read of [readText, readReadable, (file: string) => readHead(file, 2)]) {
    expect(() => read('/proc/self/mem')).toThrow(
      expect.objectContaining({
        code: 'EIO',
        path: '/proc/self/mem',
        message: expect.stringContaining('/proc/self/mem'),
      }),
    );
  }
});

function canFailToRead(): boolean {
  try {
    readFileSync('/proc/self/mem');
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EIO';
  }
  return false;
}
