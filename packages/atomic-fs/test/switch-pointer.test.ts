import { mkdirSync, readdirSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, test } from 'vitest';
import { switchPointer } from '../src/index.ts';

test('it makes the link, then switches it', () => {
  const dir = temporaryDir();
  const link = path.join(dir, 'current');
  switchPointer(link, 'generations/1');
  expect(readlinkSync(link)).toBe('generations/1');
  switchPointer(link, 'generations/2', { durability: 'none' });
  expect(readlinkSync(link)).toBe('generations/2');
  expect(readdirSync(dir)).toEqual(['current']);
});

test('a directory in its place stays, and nothing is left beside it', () => {
  const dir = temporaryDir();
  mkdirSync(path.join(dir, 'current'));
  expect(() => switchPointer(path.join(dir, 'current'), 'x')).toThrow(/EISDIR|EEXIST|ENOTEMPTY|EPERM/);
  expect(readdirSync(dir)).toEqual(['current']);
});
