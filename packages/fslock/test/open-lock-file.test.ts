// What may be locked, and what is refused.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, onTestFinished, test } from 'vitest';
import { acquireLock, inspectLock, LockError, tryAcquireLock } from '../src/index.ts';

test('a link, dangling or not, is refused and nothing is created behind it', async () => {
  const dir = temporaryDir();
  for (const [name, target] of [
    ['dangling', 'absent'],
    ['to-file', 'file'],
    ['to-dir', '.'],
  ] as const) {
    writeFileSync(path.join(dir, 'file'), '');
    symlinkSync(target, path.join(dir, name));
    await expect(acquireLock(path.join(dir, name))).rejects.toMatchObject({
      code: 'FSLOCK_UNSAFE_PATH',
      data: { path: path.join(dir, name) },
    });
    await expect(inspectLock(path.join(dir, name))).rejects.toBeInstanceOf(LockError);
  }
  expect(existsSync(path.join(dir, 'absent'))).toBe(false);
});

test('a pipe and a socket are refused at once', async () => {
  const dir = temporaryDir();
  spawnSync('mkfifo', [path.join(dir, 'pipe')]);
  const server = createServer().listen(path.join(dir, 'socket'));
  onTestFinished(() => void server.close());
  for (const name of ['pipe', 'socket']) {
    await expect(acquireLock(path.join(dir, name))).rejects.toMatchObject({ code: 'FSLOCK_UNSAFE_PATH' });
  }
});

test('a lock below a missing directory fails with ENOENT', async () => {
  await expect(acquireLock(path.join(temporaryDir(), 'none', 'lock'))).rejects.toMatchObject({ code: 'ENOENT' });
});

test('a new lock file is writable by everyone whom the umask allows', async () => {
  const file = path.join(temporaryDir(), 'lock');
  const before = process.umask(0o002);
  onTestFinished(() => void process.umask(before));
  (await acquireLock(file)).release();
  expect(statSync(file).mode & 0o777).toBe(0o664);
});

test('another user’s file in a sticky directory is locked although it could not be created there', async ({ skip }) => {
  const dir = temporaryDir();
  const file = path.join(dir, 'lock');
  writeFileSync(file, '');
  chmodSync(file, 0o666);
  if (process.getuid?.() !== 0) skip('only root can make the file of another user');
  chownSync(file, 1000, 1000);
  chownSync(dir, 2000, 2000);
  chmodSync(dir, 0o1777);
  try {
    closeSync(openSync(file, 'a'));
    skip('this kernel does not protect such files');
  } catch (error) {
    expect(error).toMatchObject({ code: 'EACCES' });
  }
  (await acquireLock(file)).release();
});

test('the lock file names its holder while held, and other content is never overwritten', async () => {
  const dir = temporaryDir();
  const [file, other] = [path.join(dir, 'lock'), path.join(dir, 'notes.txt')];
  const lock = await acquireLock(file, { purpose: 'ww\u001b[2J install' });
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ pid: process.pid, purpose: 'ww\u001b[2J install' });
  expect(await inspectLock(file)).toMatchObject({
    state: 'exclusive',
    holders: [{ pid: process.pid, purpose: 'ww [2J install' }],
  });
  lock.release();
  expect(readFileSync(file, 'utf8')).toBe('');

  writeFileSync(other, '{"pid": "is not how this file starts"}');
  (await acquireLock(other)).release();
  expect(readFileSync(other, 'utf8')).toBe('{"pid": "is not how this file starts"}');
});

test('inspectLock does not report the line of a dead holder', async () => {
  const file = path.join(temporaryDir(), 'lock');
  writeFileSync(file, '{"pid":1,"since":"2026-01-01T00:00:00.000Z","purpose":"long gone"}\n');
  expect(await inspectLock(file)).toEqual({ state: 'free', holders: [] });
  const lock = await acquireLock(file, { mode: 'shared' });
  expect(await inspectLock(file)).toMatchObject({ state: 'shared', holders: [{ pid: process.pid }] });
  lock.release();
});

test.each([
  ['removed', (file: string) => unlinkSync(file)],
  [
    'replaced',
    (file: string) => {
      writeFileSync(`${file}.new`, '');
      renameSync(`${file}.new`, file);
    },
  ],
  [
    'turned into a directory',
    (file: string) => {
      unlinkSync(file);
      mkdirSync(file);
    },
  ],
])('a lock file that is %s under a waiter is not taken for the lock', async (_how, change) => {
  const file = path.join(temporaryDir(), 'lock');
  const old = await acquireLock(file);
  const waiting = acquireLock(file);
  await new Promise(setImmediate);
  change(file);
  const current = await acquireLock(file);
  old.release();
  expect(await Promise.race([waiting, acquireLock(file, { timeoutMs: 50 }).catch(() => 'still held')])).toBe(
    'still held',
  );
  current.release();
  (await waiting).release();
});

test('a released lock has no descriptor to hand on', async () => {
  const lock = (await tryAcquireLock(path.join(temporaryDir(), 'lock')))!;
  expect(lock.fd).toBeGreaterThan(2);
  await lock[Symbol.asyncDispose]();
  lock.release();
  expect(() => lock.fd).toThrow('bug');
});
