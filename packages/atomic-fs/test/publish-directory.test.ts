import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, test } from 'vitest';
import { publishDirectory } from '../src/index.ts';

function staged(root: string, name: string): string {
  const dir = path.join(root, name);
  mkdirSync(path.join(dir, 'sub'), { recursive: true });
  writeFileSync(path.join(dir, 'sub', 'who'), name);
  return dir;
}

test('the first publishes, the second learns that it is there and keeps what it staged', () => {
  const root = temporaryDir();
  const target = path.join(root, 'target');
  expect(publishDirectory(staged(root, 'a'), target)).toBe('published');
  expect(publishDirectory(staged(root, 'b'), target, { durability: 'none' })).toBe('exists');
  expect(readFileSync(path.join(target, 'sub', 'who'), 'utf8')).toBe('a');
  expect(readdirSync(root).sort()).toEqual(['b', 'target']);
});

test('an empty directory in its place is taken', () => {
  const root = temporaryDir();
  mkdirSync(path.join(root, 'target'));
  expect(publishDirectory(staged(root, 'a'), path.join(root, 'target'))).toBe('published');
  expect(readdirSync(path.join(root, 'target'))).toEqual(['sub']);
});

test('a file or a dangling link in its place stays', () => {
  const root = temporaryDir();
  writeFileSync(path.join(root, 'file'), '');
  symlinkSync('nowhere', path.join(root, 'link'));
  expect(publishDirectory(staged(root, 'a'), path.join(root, 'file'))).toBe('exists');
  expect(publishDirectory(path.join(root, 'a'), path.join(root, 'link'))).toBe('exists');
});
