// The gate makes waiting fair. flock alone lets whoever comes at the right moment go first: readers that overlap keep a
// writer out for good, and a process that locks in a loop keeps everyone out. So whoever waits holds the lock's gate,
// and whoever finds the gate held queues at it. Nothing but fairness depends on it: where the gate cannot be opened,
// or was unlinked under a waiter, locks exclude as they do without. It is a file of the run directory, named for the
// locked inode, so that nothing is left beside what is locked.
import { closeSync, constants, openSync, unlinkSync } from 'node:fs';
import path from 'node:path';
import type { FlockCalls } from './flock-calls.ts';
import type { Inode } from './open-lock-file.ts';
import { runDir } from './run-dir.ts';

const { O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;

/** Whether nobody waits. A gate that nobody holds is a leftover, and is removed. */
export function isGateOpen(inode: Inode, calls: FlockCalls): boolean {
  const file = gatePath(inode, false);
  const fd = file === undefined ? undefined : openOrUndefined(file, O_RDONLY);
  if (file === undefined || fd === undefined) return true;
  try {
    if (!calls.try(fd, 'shared')) return false; // shared: those who only look must not close it to each other
    unlinkSync(file);
    return true;
  } catch {
    return true;
  } finally {
    closeSync(fd);
  }
}

/** A descriptor of the gate, not yet locked, for one who has to wait; undefined: there is no gate here. */
export function openGate(inode: Inode): number | undefined {
  const file = gatePath(inode, true);
  return file === undefined ? undefined : openOrUndefined(file, O_RDONLY | O_CREAT);
}

function gatePath({ dev, ino }: Inode, make: boolean): string | undefined {
  const dir = runDir(make);
  return dir === undefined ? undefined : path.join(dir, `${dev}-${ino}`);
}

function openOrUndefined(file: string, flags: number): number | undefined {
  try {
    return openSync(file, flags | O_NOFOLLOW | O_NONBLOCK, 0o600);
  } catch {
    return undefined;
  }
}
