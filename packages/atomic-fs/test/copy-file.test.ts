import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, test } from 'vitest';
import { nodeFs } from '../src/index.ts';

test.each([0, 1, 4096, 256 * 1024, 256 * 1024 + 1, 3_000_000])('%i bytes are copied with their mode', (size) => {
  const dir = temporaryDir();
  const [from, to] = [path.join(dir, 'from'), path.join(dir, 'to')];
  const data = Buffer.alloc(size, 'content ');
  for (const mode of [0o444, 0o555, 0o666]) {
    const [source, target] = [`${from}${mode}`, `${to}${mode}`];
    writeFileSync(source, data);
    chmodSync(source, mode);
    nodeFs.copyFile(source, target);
    expect(readFileSync(target).equals(data)).toBe(true);
    expect(statSync(target).mode & 0o7777).toBe(mode);
    expect(statSync(target).ino).not.toBe(statSync(source).ino);
  }
});

test('an existing target stays, a missing source is reported, and neither leaves a file', () => {
  const dir = temporaryDir();
  const [from, to] = [path.join(dir, 'from'), path.join(dir, 'to')];
  writeFileSync(from, 'new');
  writeFileSync(to, 'old');
  expect(() => nodeFs.copyFile(from, to)).toThrow(expect.objectContaining({ code: 'EEXIST' }));
  expect(readFileSync(to, 'utf8')).toBe('old');
  const other = path.join(dir, 'other');
  expect(() => nodeFs.copyFile(path.join(dir, 'absent'), other)).toThrow(expect.objectContaining({ code: 'ENOENT' }));
  expect(() => nodeFs.copyFile(from, path.join(dir, 'absent', 'x'))).toThrow(
    expect.objectContaining({ code: 'ENOENT' }),
  );
  expect(existsSync(other)).toBe(false);
});
