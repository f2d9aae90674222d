import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
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

test.each(['outside', 'sub/../outside', 'other', 'new'])('it follows a link to %s, relative or dangling', (to) => {
  const dir = temporaryDir();
  mkdirSync(path.join(dir, 'sub'));
  writeFileSync(path.join(dir, 'outside'), 'old', { mode: 0o640 });
  symlinkSync('outside', path.join(dir, 'other'));
  const link = path.join(dir, 'sub/link');
  symlinkSync(`../${to}`, link);
  writeFileAtomic(link, 'new');
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
  expect(readFileSync(link, 'utf8')).toBe('new');
  expect(readFileSync(path.join(dir, to === 'new' ? 'new' : 'outside'), 'utf8')).toBe('new');
  if (to !== 'new') expect(statSync(link).mode & 0o777).toBe(0o640);
  expect(readdirSync(dir).filter((name) => name.endsWith('.partial'))).toEqual([]);
});

test('links that lead in a circle are an ELOOP', () => {
  const dir = temporaryDir();
  symlinkSync('loop', path.join(dir, 'loop'));
  expect(() => writeFileAtomic(path.join(dir, 'loop'), '')).toThrow(expect.objectContaining({ code: 'ELOOP' }));
});

test('it replaces a link where that is asked for', () => {
  const dir = temporaryDir();
  writeFileSync(path.join(dir, 'outside'), 'safe');
  symlinkSync('outside', path.join(dir, 'link'));
  writeFileAtomic(path.join(dir, 'link'), 'new', { links: 'replace' });
  expect(lstatSync(path.join(dir, 'link')).isFile()).toBe(true);
  expect(readFileSync(path.join(dir, 'outside'), 'utf8')).toBe('safe');
});

test.skipIf(process.getuid?.() !== 0)('it keeps the owner and the group of what it replaces', () => {
  const file = path.join(temporaryDir(), 'a.txt');
  writeFileSync(file, 'old', { mode: 0o640 });
  chownSync(file, 1234, 5678);
  writeFileAtomic(file, 'new');
  expect(statSync(file)).toMatchObject({ uid: 1234, gid: 5678 });
  expect(statSync(file).mode & 0o777).toBe(0o640);
  writeFileAtomic(file, 'newer', { owner: 'take' });
  expect(statSync(file)).toMatchObject({ uid: 0, gid: 0 });
});

test.skipIf(process.getuid?.() !== 0)('an owner that cannot be kept changes nothing', () => {
  const file = path.join(temporaryDir(), 'a.txt');
  writeFileSync(file, 'old');
  const chown = () => {
    throw errno('EPERM');
  };
  const fs: Fs = { ...nodeFs, chown };
  chownSync(file, 1234, 5678);
  expect(() => writeFileAtomic(file, 'new', { fs })).toThrow('EPERM');
  expect(readFileSync(file, 'utf8')).toBe('old');
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

test('a directory that cannot be synced has an error of its own: the change was made', () => {
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
    expect.objectContaining({
      code: 'ATOMIC_FS_NOT_DURABLE',
      data: { path: file, committed: true, errno: 'EIO', failedPath: expect.any(String) },
    }),
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
