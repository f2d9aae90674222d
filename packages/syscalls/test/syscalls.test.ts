// Every call twice: natively, and with the native calls switched off (in a fresh copy of the modules).
import {
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { describe, expect, test, vi } from 'vitest';

vi.resetModules();
const native = await import('../src/index.ts');
vi.resetModules();
const plain = await import('../src/index.ts');
plain.disableNativeCalls();

test('native calls are found on this machine and can be switched off', () => {
  expect(native.nativeCallsAvailable()).toBe(true);
  expect(plain.nativeCallsAvailable()).toBe(false);
});

describe.each([
  ['natively', native],
  ['by the fallback', plain],
])('%s', (_how, calls) => {
  test('a rename without replacing moves a file', () => {
    const dir = temporaryDir();
    writeFileSync(path.join(dir, 'a'), 'a');
    expect(calls.renameNoReplace(path.join(dir, 'a'), path.join(dir, 'b'))).toBe('renamed');
    expect(readdirSync(dir)).toEqual(['b']);
  });

  test('a rename without replacing moves a directory with what is in it', () => {
    const dir = temporaryDir();
    mkdirSync(path.join(dir, 'a'));
    writeFileSync(path.join(dir, 'a', 'x'), 'x');
    expect(calls.renameNoReplace(path.join(dir, 'a'), path.join(dir, 'b'))).toBe('renamed');
    expect(readdirSync(dir)).toEqual(['b']);
    expect(readFileSync(path.join(dir, 'b', 'x'), 'utf8')).toBe('x');
  });

  test('a rename without replacing leaves everything when the new name is taken', () => {
    const dir = temporaryDir();
    for (const name of ['d', 'e']) mkdirSync(path.join(dir, name));
    for (const name of ['f', 'g']) writeFileSync(path.join(dir, name), name);
    symlinkSync('nowhere', path.join(dir, 'dangling'));
    for (const [from, to] of [
      ['d', 'e'],
      ['f', 'g'],
      ['f', 'd'],
      ['d', 'f'],
      ['f', 'dangling'],
      ['d', 'dangling'],
    ]) {
      expect(calls.renameNoReplace(path.join(dir, from!), path.join(dir, to!))).toBe('exists');
    }
    expect(readdirSync(dir)).toEqual(['d', 'dangling', 'e', 'f', 'g']);
  });

  test('a rename of what is not there says so and leaves nothing', () => {
    const dir = temporaryDir();
    expect(() => calls.renameNoReplace(path.join(dir, 'a'), path.join(dir, 'b'))).toThrow(
      expect.objectContaining({ code: 'ENOENT', path: path.join(dir, 'a') }),
    );
    expect(readdirSync(dir)).toEqual([]);
  });

  test('many names are linked from one directory into another', () => {
    const dir = temporaryDir();
    const [source, target] = [path.join(dir, 'source'), path.join(dir, 'target')];
    for (const each of [source, target]) mkdirSync(each);
    const names = ['a', 'b', 'ünïcode ☃'];
    for (const name of names) writeFileSync(path.join(source, name), name);
    symlinkSync('a', path.join(source, 'link'));
    calls.linkMany(source, target, [...names, 'link']);
    for (const name of names) expect(statSync(path.join(target, name)).ino).toBe(statSync(path.join(source, name)).ino);
    expect(lstatSync(path.join(target, 'link')).isSymbolicLink()).toBe(true);
  });

  test('a name that cannot be linked is named, and how many came before it', () => {
    const dir = temporaryDir();
    const [source, target] = [path.join(dir, 'source'), path.join(dir, 'target')];
    for (const each of [source, target]) mkdirSync(each);
    for (const name of ['a', 'b']) writeFileSync(path.join(source, name), name);
    writeFileSync(path.join(target, 'b'), 'there first');
    expect(() => calls.linkMany(source, target, ['a', 'b'])).toThrow(
      expect.objectContaining({
        code: 'EEXIST',
        path: path.join(source, 'b'),
        dest: path.join(target, 'b'),
        linked: 1,
      }),
    );
    expect(existsSync(path.join(target, 'a'))).toBe(true);
    expect(() => calls.linkMany(path.join(dir, 'none'), target, ['a'])).toThrow(
      expect.objectContaining({ code: 'ENOENT' }),
    );
  });
});

test('two entries swap places in one step', () => {
  const dir = temporaryDir();
  mkdirSync(path.join(dir, 'a'));
  writeFileSync(path.join(dir, 'b'), 'file');
  expect(native.renameExchange(path.join(dir, 'a'), path.join(dir, 'b'))).toBe(true);
  expect(lstatSync(path.join(dir, 'b')).isDirectory()).toBe(true);
  expect(readFileSync(path.join(dir, 'a'), 'utf8')).toBe('file');
  expect(() => native.renameExchange(path.join(dir, 'a'), path.join(dir, 'c'))).toThrow(
    expect.objectContaining({ code: 'ENOENT', syscall: 'renameat2', dest: path.join(dir, 'c') }),
  );
});

test('without native calls a swap, a sync and a lock are declined and change nothing', () => {
  const dir = temporaryDir();
  for (const name of ['a', 'b']) writeFileSync(path.join(dir, name), name);
  expect(plain.renameExchange(path.join(dir, 'a'), path.join(dir, 'b'))).toBe(false);
  expect(readFileSync(path.join(dir, 'a'), 'utf8')).toBe('a');
  const fd = openSync(dir, 'r');
  expect(plain.syncFileSystem(fd)).toBe(false);
  expect(plain.tryFlock(fd, 'exclusive')).toBeUndefined();
  closeSync(fd);
});

test('a file system is synced through any descriptor of it', () => {
  const fd = openSync(temporaryDir(), 'r');
  expect(native.syncFileSystem(fd)).toBe(true);
  closeSync(fd);
  expect(() => native.syncFileSystem(fd)).toThrow(expect.objectContaining({ code: 'EBADF', syscall: 'syncfs' }));
});

test('one open file excludes another until it is closed', () => {
  const file = path.join(temporaryDir(), 'lock');
  const [first, second] = [openSync(file, 'w'), openSync(file, 'w')];
  expect(native.tryFlock(first, 'shared')).toBe(true);
  expect(native.tryFlock(second, 'shared')).toBe(true);
  closeSync(second);
  const third = openSync(file, 'w');
  expect(native.tryFlock(third, 'exclusive')).toBe(false);
  closeSync(first);
  expect(native.tryFlock(third, 'exclusive')).toBe(true);
  closeSync(third);
  expect(() => native.tryFlock(third, 'exclusive')).toThrow(
    expect.objectContaining({ code: 'EBADF', syscall: 'flock' }),
  );
});
