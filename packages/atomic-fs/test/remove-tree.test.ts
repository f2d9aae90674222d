import { chmodSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, test } from 'vitest';
import { type Fs, nodeFs, removeTree } from '../src/index.ts';

test('it removes a tree with read-only directories and files in it', () => {
  const dir = path.join(temporaryDir(), 'tree');
  mkdirSync(path.join(dir, 'a', 'b'), { recursive: true });
  writeFileSync(path.join(dir, 'a', 'b', 'file'), '', { mode: 0o444 });
  chmodSync(path.join(dir, 'a', 'b'), 0o555);
  chmodSync(path.join(dir, 'a'), 0o500);
  removeTree(dir);
  expect(existsSync(dir)).toBe(false);
});

test('a directory that forbids removal is opened first', () => {
  const dir = path.join(temporaryDir(), 'tree');
  mkdirSync(dir);
  writeFileSync(path.join(dir, 'file'), '');
  let open = false;
  const denying: Fs = {
    ...nodeFs,
    unlink: (target) => {
      if (target.endsWith('file') && !open) throw Object.assign(new Error('EACCES'), { code: 'EACCES' });
      nodeFs.unlink(target);
    },
    chmod: (target, mode) => {
      open = target === dir;
      nodeFs.chmod(target, mode);
    },
  };
  removeTree(dir, { fs: denying });
  expect(existsSync(dir)).toBe(false);
});

test('a link goes, what it points to stays; a file and an absent path are fine', () => {
  const dir = temporaryDir();
  mkdirSync(path.join(dir, 'kept'));
  writeFileSync(path.join(dir, 'kept', 'file'), '');
  symlinkSync('kept', path.join(dir, 'link'));
  mkdirSync(path.join(dir, 'tree'));
  symlinkSync('../kept', path.join(dir, 'tree', 'link'));
  removeTree(path.join(dir, 'link'));
  removeTree(path.join(dir, 'tree'));
  removeTree(path.join(dir, 'absent'));
  removeTree(path.join(dir, 'absent', 'deeper'));
  expect(readdirSync(dir)).toEqual(['kept']);
  expect(readdirSync(path.join(dir, 'kept'))).toEqual(['file']);
});
