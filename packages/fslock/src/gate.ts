// The gate makes waiting fair. flock alone lets whoever comes at the right moment go first: readers that overlap keep a
// writer out for good. So whoever waits holds the lock's gate, and whoever finds the gate held queues at it. Only
// fairness hangs on it: where there is no gate, locks exclude as they do with one. It is an empty file of the run
// directory, named for the locked inode, so that nothing is left beside what is locked.
import { closeSync, constants, fstatSync, openSync, readdirSync, statSync, unlinkSync } from 'node:fs';
import path from 'node:path';
import type { FlockCalls } from './flock-calls.ts';
import { type Inode, isCurrent } from './open-lock-file.ts';
import type { LockMode } from './ports.ts';
import { runDir } from './run-dir.ts';

const { O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;
const leftoverAfterMs = 3_600_000;
const sweptAtOnce = 8;

/** Whether nobody waits, for one who wants the lock in `mode`. */
export function isGateOpen(inode: Inode, mode: LockMode, calls: FlockCalls): boolean {
  const file = gatePath(inode, false);
  if (file === undefined) return true;
  // Shared, so that those who only look do not close the gate to each other. One who wants the lock for itself may.
  return mode === 'shared' ? look(file, mode, calls) !== 'held' : removeLeftover(file, calls) !== 'held';
}

/** Waits until the gate is ours: the descriptor to close once the lock is, too. Undefined: there is no gate here. */
export async function passGate(inode: Inode, calls: FlockCalls, signal: AbortSignal): Promise<number | undefined> {
  const file = gatePath(inode, true);
  if (file === undefined) return undefined;
  sweep(path.dirname(file), calls);
  for (;;) {
    const fd = open(file, O_RDONLY | O_CREAT);
    if (fd === undefined) return undefined;
    try {
      await calls.wait(fd, 'exclusive', signal);
      if (isStillAt(file, fd)) return fd;
    } catch (error) {
      closeSync(fd);
      throw error;
    }
    closeSync(fd); // removed as a leftover between our opening and our locking it
  }
}

function look(
  file: string,
  mode: LockMode,
  calls: FlockCalls,
  found?: (fd: number) => void,
): 'held' | 'free' | 'absent' {
  const fd = open(file, O_RDONLY);
  if (fd === undefined) return 'absent';
  try {
    if (!calls.try(fd, mode)) return 'held';
    found?.(fd);
    return 'free';
  } catch {
    return 'absent'; // no gate is no reason to fail
  } finally {
    closeSync(fd);
  }
}

/** Removes a gate at which nobody waits. Only who holds it removes it, and only while its name leads to it. */
function removeLeftover(file: string, calls: FlockCalls): 'held' | 'free' | 'absent' {
  return look(file, 'exclusive', calls, (fd) => {
    if (isStillAt(file, fd)) unlinkSync(file);
  });
}

/** Removes what was left for locks that nobody has taken since; a few at a time, for each is a child without koffi. */
function sweep(dir: string, calls: FlockCalls): void {
  const files = readdirSync(dir).map((name) => path.join(dir, name));
  const now = Date.now();
  const isOld = (file: string) => now - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? now) > leftoverAfterMs;
  for (const file of files.filter(isOld).slice(0, sweptAtOnce)) removeLeftover(file, calls);
}

function isStillAt(file: string, fd: number): boolean {
  return isCurrent(fstatSync(fd, { bigint: true }), file);
}

function gatePath({ dev, ino }: Inode, make: boolean): string | undefined {
  const dir = runDir(make);
  return dir === undefined ? undefined : path.join(dir, `${dev}-${ino}`);
}

function open(file: string, flags: number): number | undefined {
  try {
    return openSync(file, flags | O_NOFOLLOW | O_NONBLOCK, 0o600);
  } catch {
    return undefined;
  }
}
