// Who has the queue comes to the gate first, and does not keep the others out when it sleeps.
import { closeSync, openSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, onTestFinished, test } from 'vitest';
import { flockCalls } from '../src/flock-calls.ts';
import { pollGate } from '../src/gate.ts';
import { acquireLock, tryAcquireLock } from '../src/index.ts';
import type { LockMode } from '../src/ports.ts';
import { runDir } from '../src/run-dir.ts';

test('tryAcquireLock is refused while a process holds the queue, though gate and lock are free', async () => {
  const { file, leaveQueue } = withQueueHeld();
  expect(await tryAcquireLock(file)).toBeUndefined();
  expect(await tryAcquireLock(file, { mode: 'shared' })).toBeUndefined();
  leaveQueue();
  (await tryAcquireLock(file))!.release();
});

test('a newcomer leaves a free gate to the holder of the queue until it finds the gate free twice', async () => {
  const { inode } = withQueueHeld();
  const tries: LockMode[] = [];
  const calls = {
    ...flockCalls,
    try: (fd: number, mode: LockMode) => tries.push(mode) > 0 && flockCalls.try(fd, mode),
  };
  const gate = await pollGate(inode, calls, new AbortController().signal);
  closeSync(gate as number);
  // Queue and gate, queue and gate, and only then the gate for itself.
  expect(tries).toEqual(['shared', 'shared', 'shared', 'shared', 'exclusive']);
});

test('a sleeping holder of the queue does not stop the others', async () => {
  const { file } = withQueueHeld();
  (await acquireLock(file)).release();
});

function withQueueHeld() {
  const file = path.join(temporaryDir(), 'lock');
  writeFileSync(file, '');
  const inode = statSync(file, { bigint: true });
  const queue = openSync(path.join(runDir(true) as string, `${inode.dev}-${inode.ino}.queue`), 'w');
  let left = false;
  const leaveQueue = () => {
    if (!left) closeSync(queue);
    left = true;
  };
  onTestFinished(leaveQueue);
  expect(flockCalls.try(queue, 'exclusive')).toBe(true);
  return { file, inode, leaveQueue };
}
