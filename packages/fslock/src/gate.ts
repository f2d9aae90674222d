// The gate makes waiting fair. flock alone favours the process that tries at the right moment, and overlapping readers
// keep a writer out for good. So a waiter holds the lock's gate, and a process that finds the gate held waits for the
// gate: first by trying for a moment, then in the queue. While a process holds the queue, no other may take the gate.
// Gate and queue affect only fairness; locks exclude without them too. Both are empty files in the run directory, named
// for the locked inode, so nothing is left beside the locked path.
import { closeSync, constants, existsSync, fstatSync, openSync, readdirSync, statSync, unlinkSync } from 'node:fs';
import path from 'node:path';
import type { FlockCalls } from './flock-calls.ts';
import { type Inode, isCurrent } from './open-lock-file.ts';
import { poll } from './poll.ts';
import { runDir } from './run-dir.ts';

const { O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;
/** A gate is removed only when idle this long; sooner, waiters in the kernel's queue would lose their place at each hand-over. */
const idleAfterMs = 1_000;
const leftoverAfterMs = 3_600_000;
const sweptAtOnce = 8;

/** Whether no process waits for the lock. */
export function isGateOpen(inode: Inode, calls: FlockCalls): boolean {
  const gate = gatePath(inode, false);
  return gate === undefined || (!isHeld(queueOf(gate), calls) && !isHeld(gate, calls));
}

/**
 * Tries to take the gate for about 100 ms, giving way to the process in the queue. Returns a descriptor, to be closed
 * once the lock is held too; `'held'` when another process kept the gate; undefined when this machine has no gate.
 */
export async function pollGate(inode: Inode, calls: FlockCalls, signal: AbortSignal): Promise<Taken> {
  const gate = gatePath(inode, true);
  if (gate === undefined) return undefined;
  const queue = queueOf(gate);
  let wasFree = false;
  // The process that holds the queue comes first, unless it sleeps: then the lock would be idle at every hand-over.
  const isOurTurn = () => {
    if (!isHeld(queue, calls)) return true;
    const isFree = !isHeld(gate, calls);
    const isIdle = wasFree && isFree;
    wasFree = isFree;
    return isIdle;
  };
  return take(gate, (fd) => poll(() => isOurTurn() && calls.try(fd, 'exclusive'), 'others', signal));
}

/** Waits for the gate without a limit. Returns a descriptor as {@link pollGate} does, or undefined without a gate. */
export async function queueAtGate(inode: Inode, calls: FlockCalls, signal: AbortSignal): Promise<Taken> {
  const gate = gatePath(inode, true);
  if (gate === undefined) return undefined;
  sweep(path.dirname(gate), calls);
  const wait = async (fd: number) => {
    await calls.wait(fd, 'exclusive', signal);
    return true;
  };
  const pollOrWait = async (fd: number) => (await poll(() => calls.try(fd, 'exclusive'), 'alone', signal)) || wait(fd);
  if (!calls.tryIsCheap()) return take(gate, wait);
  const place = await take(queueOf(gate), wait);
  try {
    return await take(gate, pollOrWait);
  } finally {
    // Release the queue only while holding the gate, so that newcomers find one or the other held.
    if (typeof place === 'number') closeSync(place);
  }
}

type Taken = number | 'held' | undefined;

/** Opens and locks `file` with `lock`; starts over when another process removed it between the two. */
async function take(file: string, lock: (fd: number) => Promise<boolean>): Promise<Taken> {
  for (;;) {
    const fd = open(file, O_RDONLY | O_CREAT);
    if (fd === undefined) return undefined;
    let taken = false;
    try {
      if (!(await lock(fd))) return 'held';
      taken = isStillAt(file, fd);
      if (taken) return fd;
    } finally {
      if (!taken) closeSync(fd);
    }
  }
}

/** Whether a process holds `file`. It is tried in shared mode, so that processes that look do not exclude each other. */
function isHeld(file: string, calls: FlockCalls): boolean {
  if (!existsSync(file)) return false; // most locks have no waiter; throwing ENOENT for each would cost more than the lock
  const fd = open(file, O_RDONLY);
  if (fd === undefined) return false;
  try {
    if (!calls.try(fd, 'shared')) return true;
    if (Date.now() - fstatSync(fd).mtimeMs > idleAfterMs) removeLeftover(file, fd, calls);
    return false;
  } catch {
    return false; // a gate that cannot be read counts as open
  } finally {
    closeSync(fd);
  }
}

/** Removes a gate that no process holds: takes it first, and removes it only if the name still leads to it. */
function removeLeftover(file: string, fd: number, calls: FlockCalls): void {
  if (calls.try(fd, 'exclusive') && isStillAt(file, fd)) unlinkSync(file);
}

/** Removes a few gates that no process has used for an hour. Without koffi each costs a child process. */
function sweep(dir: string, calls: FlockCalls): void {
  const files = readdirSync(dir).map((name) => path.join(dir, name));
  const now = Date.now();
  const isOld = (file: string) => now - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? now) > leftoverAfterMs;
  for (const file of files.filter(isOld).slice(0, sweptAtOnce)) isHeld(file, calls);
}

function isStillAt(file: string, fd: number): boolean {
  return isCurrent(fstatSync(fd, { bigint: true }), file);
}

function gatePath({ dev, ino }: Inode, make: boolean): string | undefined {
  const dir = runDir(make);
  return dir === undefined ? undefined : path.join(dir, `${dev}-${ino}`);
}

function queueOf(gate: string): string {
  return `${gate}.queue`;
}

function open(file: string, flags: number): number | undefined {
  try {
    return openSync(file, flags | O_NOFOLLOW | O_NONBLOCK, 0o600);
  } catch {
    return undefined;
  }
}
