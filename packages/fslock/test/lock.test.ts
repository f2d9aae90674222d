// The contract of one process: what is taken, shared, refused, waited for and let go.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, onTestFinished, test, vi } from 'vitest';
import { acquireLock, inspectLock, type LockHolder, tryAcquireLock, withLock } from '../src/index.ts';

test('a lock excludes a second one until it is released', async () => {
  const file = path.join(temporaryDir(), 'lock');
  const first = await acquireLock(file, { purpose: 'ww test' });
  expect(await tryAcquireLock(file)).toBeUndefined();
  expect(await tryAcquireLock(file, { mode: 'shared' })).toBeUndefined();
  first.release();
  const second = await tryAcquireLock(file);
  expect(second).toBeDefined();
  second?.release();
  expect(existsSync(file)).toBe(true);
});

test('a shared lock admits others that share, and no exclusive one', async () => {
  const file = path.join(temporaryDir(), 'lock');
  const first = await acquireLock(file, { mode: 'shared' });
  const second = await acquireLock(file, { mode: 'shared' });
  expect(await tryAcquireLock(file)).toBeUndefined();
  first.release();
  expect(await tryAcquireLock(file)).toBeUndefined();
  second.release();
  (await acquireLock(file)).release();
});

test.each([
  ['that a power cut left zeros in', '\0'.repeat(68), true],
  ['with something else in it', 'precious', false],
])('a file %s is locked, and holds the name of its holder if it held nothing', async (_title, text, named) => {
  const file = path.join(temporaryDir(), 'lock');
  writeFileSync(file, text);
  const lock = await acquireLock(file, { purpose: 'ww test' });
  expect(readFileSync(file, 'utf8').includes('ww test')).toBe(named);
  lock.release();
  expect(readFileSync(file, 'utf8')).toBe(named ? '' : text);
});

test('a release with removeOnRelease removes the file that the lock made, and no other', async () => {
  const dir = temporaryDir();
  const [made, other, shared] = ['made', 'other', 'shared'].map((name) => path.join(dir, name));
  writeFileSync(other!, 'precious');
  for (const file of [made!, other!]) (await acquireLock(file, { removeOnRelease: true })).release();
  (await acquireLock(shared!, { mode: 'shared', removeOnRelease: true })).release();
  expect([made, other, shared].map((file) => existsSync(file!))).toEqual([false, true, true]);
});

test('a process that waits for a lock whose file is removed gets the lock of the next file', async () => {
  const file = path.join(temporaryDir(), 'lock');
  const first = await acquireLock(file, { removeOnRelease: true });
  const waiting = acquireLock(file, { removeOnRelease: true });
  first.release();
  const second = await waiting;
  expect(existsSync(file)).toBe(true);
  expect(await tryAcquireLock(file)).toBeUndefined();
  second.release();
  expect(existsSync(file)).toBe(false);
});

test('a waiter gets the lock when it is released', async () => {
  const file = path.join(temporaryDir(), 'lock');
  const first = await acquireLock(file);
  const waiting = acquireLock(file);
  first.release();
  const second = await waiting;
  expect(await tryAcquireLock(file)).toBeUndefined();
  second.release();
});

test('many waiters of one process hold it one after another', async () => {
  const file = path.join(temporaryDir(), 'lock');
  let inside = 0;
  const order: number[] = [];
  await Promise.all(
    Array.from({ length: 8 }, (_, n) =>
      withLock(file, {}, async () => {
        expect(++inside).toBe(1);
        await new Promise(setImmediate);
        inside--;
        order.push(n);
      }),
    ),
  );
  expect(order).toHaveLength(8);
});

test('a timed-out wait names the holder and leaves nothing held', async () => {
  const file = path.join(temporaryDir(), 'lock');
  const first = await acquireLock(file, { purpose: 'ww install' });
  await expect(acquireLock(file, { timeoutMs: 30 })).rejects.toMatchObject({
    code: 'FSLOCK_TIMEOUT',
    message: expect.stringContaining(`ww install (process ${process.pid}, since `),
    data: { path: file, holders: [{ pid: process.pid, purpose: 'ww install' }] },
  });
  await expect(acquireLock(file, { timeoutMs: 0 })).rejects.toMatchObject({ code: 'FSLOCK_TIMEOUT' });
  first.release();
  (await tryAcquireLock(file))!.release();
});

test('a cancelled wait rejects with the reason, and leaves nothing held', async () => {
  const file = path.join(temporaryDir(), 'lock');
  const first = await acquireLock(file);
  const controller = new AbortController();
  const waiting = acquireLock(file, { signal: controller.signal });
  controller.abort('enough');
  await expect(waiting).rejects.toMatchObject({ code: 'FSLOCK_ABORTED', cause: 'enough' });
  await expect(acquireLock(file, { signal: controller.signal })).rejects.toMatchObject({ code: 'FSLOCK_ABORTED' });
  first.release();
  (await tryAcquireLock(file))!.release();
});

test('a directory is locked itself and nothing is written into it', async () => {
  const dir = temporaryDir();
  const lock = await acquireLock(dir);
  expect(await tryAcquireLock(dir)).toBeUndefined();
  expect(await inspectLock(dir)).toMatchObject({ state: 'exclusive', holders: [{ pid: process.pid }] });
  lock.release();
  expect(await inspectLock(dir)).toEqual({ state: 'free', holders: [] });
});

test('a wait of more than a second is reported once, with the holder', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const file = path.join(temporaryDir(), 'lock');
  const first = await acquireLock(file, { purpose: 'ww install' });
  const told: (LockHolder | undefined)[] = [];
  const waiting = acquireLock(file, { onWait: (holder) => told.push(holder) });
  await new Promise(setImmediate);
  vi.advanceTimersByTime(999);
  expect(told).toEqual([]);
  vi.advanceTimersByTime(5_000);
  expect(told).toMatchObject([{ pid: process.pid, purpose: 'ww install' }]);
  first.release();
  (await waiting).release();
});

test('withLock passes on the result or the failure and releases the lock', async () => {
  const file = path.join(temporaryDir(), 'lock');
  expect(await withLock(file, {}, (lock) => lock.mode)).toBe('exclusive');
  await expect(withLock(file, { mode: 'shared' }, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  (await tryAcquireLock(file))!.release();
});
