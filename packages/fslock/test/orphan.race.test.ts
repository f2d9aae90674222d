// A process that is killed while a child waits in its place: the child goes with it.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { startActor } from '@wheelwright/testkit/actors';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, test } from 'vitest';
import { acquireLock } from '../src/index.ts';

const patience = { timeout: 120_000, interval: 10 };
const canTie =
  spawnSync('setpriv', ['--pdeathsig', 'KILL', 'true']).status === 0 &&
  existsSync(`/proc/${process.pid}/task/${process.pid}/children`);

test.skipIf(!canTie)('killed while it waits, it leaves no process behind', async () => {
  const file = path.join(temporaryDir(), 'lock');
  const lock = await acquireLock(file);
  const waiter = startActor(import.meta.url, 'holder', { arguments: [file, 'plain'] });
  await waiter.hear('ready');
  waiter.tell('acquire exclusive');
  // One at the gate or, as here where nobody else is, at the lock.
  await expect.poll(() => waitingChildOf(waiter.pid), patience).toBeDefined();
  const child = waitingChildOf(waiter.pid)!;
  waiter.kill();
  await waiter.exited;
  await expect.poll(() => isWaiting(child), patience).toBe(false);
  lock.release();
});

function waitingChildOf(pid: number): number | undefined {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return text.split(' ').filter(Boolean).map(Number).find(isWaiting);
}

function isWaiting(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8') === 'flock\n';
  } catch {
    return false;
  }
}
