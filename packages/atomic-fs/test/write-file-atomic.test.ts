import { chmodSync, lstatSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, test } from 'vitest';
import { createFile, type Fs, nodeFs, writeFileAtomic } from '../src/index.ts';

const errno = (code: string) => Object.assign(new Error(code), { code, syscall: 'test' });

test('it makes a file, replaces it and leaves nothing else behind', () => {
  const dir = temporaryDir();
  const file = path.join(dir, 'a.txt');
  writeFileAtomic(file, 'one');
  writeFileAtomic(file, Buffer.from('twö'), { durability: 'none' });
  expect(readFileSync(file, 'utf8')).toBe('twö');
  expect(readdirSync(dir)).toEqual(['a.txt']);
});

test('it keeps the permissions of what it replaces, unless others are given', () => {
  const file = path.join(temporaryDir(), 'a.txt');
  writeFileSync(file, 'one');
  chmodSync(file, 0o606);
  writeFileAtomic(file, 'two');
  expect(statSync(file).mode & 0o7777).toBe(0o606);
  writeFileAtomic(file, 'three', { mode: 0o777 });
  expect(statSync(file).mode & 0o7777).toBe(0o777);
});

test('it replaces a link instead of following it', () => {
  const dir = temporaryDir();
  writeFileSync(path.join(dir, 'outside'), 'safe');
  symlinkSync('outside', path.join(dir, 'link'));
  writeFileAtomic(path.join(dir, 'link'), 'new');
  expect(lstatSync(path.join(dir, 'link')).isFile()).toBe(true);
  expect(readFileSync(path.join(dir, 'outside'), 'utf8')).toBe('safe');
});

test('writes that stop short are continued', () => {
  const file = path.join(temporaryDir(), 'a.txt');
  const short: Fs = { ...nodeFs, write: (fd, data) => nodeFs.write(fd, data.subarray(0, 3)) };
  writeFileAtomic(file, 'a long enough text', { fs: short });
  expect(readFileSync(file, 'utf8')).toBe('a long enough text');
});

test.each(['open', 'write', 'fsync', 'chmod', 'rename'] as const)(
  'a failing %s leaves the old file alone, and nothing beside it',
  (call) => {
    const dir = temporaryDir();
    const file = path.join(dir, 'a.txt');
    writeFileSync(file, 'old');
    const failing: Fs = {
      ...nodeFs,
      [call]: () => {
        throw errno('ENOSPC');
      },
    };
    expect(() => writeFileAtomic(file, 'new', { fs: failing })).toThrow('ENOSPC');
    expect(readFileSync(file, 'utf8')).toBe('old');
    expect(readdirSync(dir)).toEqual(['a.txt']);
  },
);

test('a clean-up that fails does not hide why', () => {
  const failing: Fs = {
    ...nodeFs,
    write: () => {
      throw errno('ENOSPC');
    },
    unlink: () => {
      throw errno('EIO');
    },
  };
  expect(() => writeFileAtomic(path.join(temporaryDir(), 'a'), 'new', { fs: failing })).toThrow('ENOSPC');
});

test('a directory that cannot be synced is told apart: the change was made', () => {
  const file = path.join(temporaryDir(), 'a.txt');
  let syncs = 0;
  const failing: Fs = {
    ...nodeFs,
    fsync: (fd) => {
      syncs += 1;
      if (syncs === 2) throw errno('EIO');
      nodeFs.fsync(fd);
    },
  };
  expect(() => writeFileAtomic(file, 'new', { fs: failing })).toThrow(
    expect.objectContaining({ code: 'ATOMIC_FS_NOT_DURABLE', data: { path: file, committed: true } }),
  );
  expect(readFileSync(file, 'utf8')).toBe('new');
});

test('createFile makes a new file with the mode asked for and refuses an existing one', () => {
  const file = path.join(temporaryDir(), 'a.txt');
  createFile(file, 'one', { mode: 0o444 });
  expect(readFileSync(file, 'utf8')).toBe('one');
  expect(statSync(file).mode & 0o222).toBe(0);
  expect(() => createFile(file, 'two')).toThrow(expect.objectContaining({ code: 'EEXIST' }));
  expect(readFileSync(file, 'utf8')).toBe('one');
});
