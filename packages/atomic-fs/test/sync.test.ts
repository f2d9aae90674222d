import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, test } from 'vitest';
import { type Fs, nodeFs, syncDirectory, syncTree } from '../src/index.ts';
import { syncTogether } from '../src/sync.ts';

function counting(native: boolean): { fs: Fs; synced: () => number } {
  let synced = 0;
  const fs: Fs = {
    ...nodeFs,
    fsync: (fd) => {
      synced += 1;
      nodeFs.fsync(fd);
    },
    syncFileSystem: () => native,
  };
  return { fs, synced: () => synced };
}

function tree(): string {
  const dir = temporaryDir();
  mkdirSync(path.join(dir, 'a'));
  writeFileSync(path.join(dir, 'a', 'one'), '1', { mode: 0o444 });
  writeFileSync(path.join(dir, 'two'), '2');
  symlinkSync('nowhere', path.join(dir, 'link'));
  return dir;
}

test('one call syncs the tree where there is that call', () => {
  const { fs, synced } = counting(true);
  syncTree(tree(), { fs });
  expect(synced()).toBe(0);
});

test('without it every file and every directory is synced', () => {
  const { fs, synced } = counting(false);
  syncTree(tree(), { fs });
  expect(synced()).toBe(4);
});

test('the real calls work', () => {
  syncTree(tree());
  syncDirectory(tree());
  expect(() => syncDirectory(path.join(tree(), 'absent'))).toThrow('ENOENT');
});

test('a file system that cannot sync directories does not fail, a failing disk does', () => {
  const failing = (code: string): Fs => ({
    ...nodeFs,
    fsync: () => {
      throw Object.assign(new Error(code), { code });
    },
  });
  syncDirectory(tree(), { fs: failing('EINVAL') });
  expect(() => syncDirectory(tree(), { fs: failing('EIO') })).toThrow('EIO');
});

test('several places are synced by one call, and one directory of names without it', () => {
  let wholeFileSystems = 0;
  const { fs, synced } = counting(true);
  const calls = {
    ...fs,
    syncFileSystem() {
      wholeFileSystems += 1;
      return true;
    },
  };
  syncTogether({ trees: [tree(), tree()], directories: [tree()] }, { fs: calls });
  syncTogether({ trees: [], directories: [tree(), tree()] }, { fs: calls });
  expect([wholeFileSystems, synced()]).toEqual([2, 0]);
  syncTogether({ trees: [], directories: [tree()] }, { fs: calls });
  expect([wholeFileSystems, synced()]).toEqual([2, 1]);
});

test('without syncfs each of several directories is synced', () => {
  const { fs, synced } = counting(false);
  syncTogether({ trees: [tree(), tree()], directories: [tree()] }, { fs });
  expect(synced()).toBe(4 + 4 + 1);
});
