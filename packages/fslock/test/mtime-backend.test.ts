// Locks on a file system that refuses flock, and the narrow ways in which one is taken from a dead holder.
import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { describe, expect, test } from 'vitest';
import { createFlockBackend } from '../src/flock-backend.ts';
import { ownIdentity } from '../src/identity.ts';
import { breakLock, inspectLock } from '../src/index.ts';
import { createLocking } from '../src/locking.ts';
import { mtimeBackend } from '../src/mtime-backend.ts';
import { lockingFor } from './actors/locking-for.ts';

const { acquireLock, tryAcquireLock } = lockingFor('mtime');

test('a lock excludes, names its holder and leaves nothing behind', async () => {
  const dir = temporaryDir();
  const file = path.join(dir, 'lock');
  const lock = await acquireLock(file, { purpose: 'ww sync' });
  expect(await tryAcquireLock(file)).toBeUndefined();
  expect(await tryAcquireLock(file, { mode: 'shared' })).toBeUndefined();
  expect(await inspectLock(file)).toMatchObject({
    state: 'exclusive',
    holders: [{ pid: process.pid, purpose: 'ww sync' }],
  });
  await expect(acquireLock(file, { timeoutMs: 60 })).rejects.toMatchObject({ code: 'FSLOCK_TIMEOUT' });
  lock.release();
  expect(readdirSync(dir)).toEqual(['lock']);
  (await acquireLock(file, { removeOnRelease: true })).release();
  expect(readdirSync(dir)).toEqual([]);
  // A file with content, and one that is only read, have another use.
  writeFileSync(file, 'content');
  (await acquireLock(file, { removeOnRelease: true })).release();
  writeFileSync(file, '');
  (await acquireLock(file, { mode: 'shared', removeOnRelease: true })).release();
  expect(readdirSync(dir)).toEqual(['lock']);
});

test('a directory is locked by a directory beside it', async () => {
  const dir = temporaryDir();
  mkdirSync(path.join(dir, 'tree'));
  const lock = await acquireLock(path.join(dir, 'tree'));
  expect(readdirSync(dir)).toEqual(['tree', 'tree.held']);
  lock.release();
  expect(readdirSync(path.join(dir, 'tree'))).toEqual([]);
});

describe('an owner file left in the lock directory', () => {
  const dead = { ...ownIdentity(), pid: 2 ** 22 + 1 };
  const owners: readonly [string, string, boolean][] = [
    ['of a process of this boot that has ended', JSON.stringify({ pid: 9, owner: dead }), true],
    ['of a process whose number was reused', JSON.stringify({ pid: 9, owner: { ...ownIdentity(), start: '1' } }), true],
    ['of a live process', JSON.stringify({ pid: 9, owner: ownIdentity() }), false],
    [
      'of a process of another host',
      JSON.stringify({ pid: 9, owner: { ...dead, place: `not-${hostname()} x y` } }),
      false,
    ],
    ['of a process that could not report its host', JSON.stringify({ pid: 9, owner: { pid: dead.pid } }), false],
    ['torn by a crash of the machine', '{"pid":9,"own', false],
    ['empty by a crash of the machine', '', false],
  ];

  test.each(owners)('%s is taken over by proof and not by age', async (_by, text, taken) => {
    const file = path.join(temporaryDir(), 'lock');
    mkdirSync(`${file}.held`);
    writeFileSync(path.join(`${file}.held`, 'owner'), text === '' || text.endsWith('own') ? text : `${text}\n`);
    utimesSync(`${file}.held`, 0, 0);
    const lock = await tryAcquireLock(file);
    expect(lock !== undefined).toBe(taken);
    lock?.release();
    await breakLock(file);
    (await tryAcquireLock(file))!.release();
  });

  test('an empty directory holds nothing: its owner died between the two steps of a release', async () => {
    const file = path.join(temporaryDir(), 'lock');
    mkdirSync(`${file}.held`);
    (await tryAcquireLock(file))!.release();
  });
});

test('a broken lock, when released, removes only its own owner file', async () => {
  const file = path.join(temporaryDir(), 'lock');
  const first = await acquireLock(file, { purpose: 'the first' });
  expect(await breakLock(file)).toMatchObject([{ purpose: 'the first' }]);
  const second = await acquireLock(file);
  first.release();
  expect(await tryAcquireLock(file)).toBeUndefined();
  second.release();
  expect(await breakLock(file)).toEqual([]);
});

test('a single refusal on a file system with flock is not answered with another backend', async () => {
  const file = path.join(temporaryDir(), 'lock');
  let refusals = 0;
  const once = {
    try() {
      if (refusals++ > 0) return true;
      throw Object.assign(new Error('ENOLCK'), { code: 'ENOLCK', syscall: 'flock' });
    },
    tryIsCheap: () => true,
    wait: () => Promise.reject(new Error('bug: not reached')),
  };
  const locking = createLocking({ flock: createFlockBackend(once), loadFallback: async () => mtimeBackend });
  await expect(locking.tryAcquireLock(file)).rejects.toMatchObject({
    code: 'FSLOCK_UNSUPPORTED',
    cause: { code: 'ENOLCK' },
  });
});
