// The gate makes waiting fair. flock alone lets whoever comes at the right moment go first: readers that overlap keep a
// writer out for good. So whoever waits holds the lock's gate, and whoever finds the gate held waits for that: for a moment
// by trying, then through the queue, which while someone has it admits nobody else to the gate. Only fairness hangs on
// them: without, locks exclude as they do with. Both are empty files of the run directory, named for the locked inode,
// so that nothing is left beside what is locked.
import { closeSync, constants, existsSync, fstatSync, openSync, readdirSync, statSync, unlinkSync } from 'node:fs';
import path from 'node:path';
import type { FlockCalls } from './flock-calls.ts';
import { type Inode, isCurrent } from './open-lock-file.ts';
import { poll } from './poll.ts';
import { runDir } from './run-dir.ts';

const { O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;
/** Not sooner: who waits for it in the kernel's queue would lose its place whenever it changes hands. */
const idleAfterMs = 1_000;
const leftoverAfterMs = 3_600_000;
const sweptAtOnce = 8;

/** Whether nobody waits. */
export function isGateOpen(inode: Inode, calls: FlockCalls): boolean {
  const gate = gatePath(inode, false);
  return gate === undefined || (!isHeld(queueOf(gate), calls) && !isHeld(gate, calls));
}

/**
 * Takes the gate if that works within a moment and nobody is in the queue: the descriptor to close once the lock is
 * ours, too. `'held'`: it did not. Undefined: there is no gate here.
 */
export async function pollGate(inode: Inode, calls: FlockCalls, signal: AbortSignal): Promise<Taken> {
  const gate = gatePath(inode, true);
  if (gate === undefined) return undefined;
  const queue = queueOf(gate);
  let wasFree = false;
  // Who has the queue is to come first, unless it sleeps: then the lock would lie idle at every hand-over.
  const isOurTurn = () => {
    if (!isHeld(queue, calls)) return true;
    const isFree = !isHeld(gate, calls);
    const isIdle = wasFree && isFree;
    wasFree = isFree;
    return isIdle;
  };
  return take(gate, (fd) => poll(() => isOurTurn() && calls.try(fd, 'exclusive'), 'others', signal));
}

/** Waits until the gate is ours, however long: the descriptor as above. Undefined: there is no gate here. */
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
    // Only with the gate in hand: until then newcomers are to find the queue held.
    if (typeof place === 'number') closeSync(place);
  }
}

type Taken = number | 'held' | undefined;

/** Takes `file` by `lock`, and again for as long as it is removed as a leftover between our opening and our locking it. */
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

/** Whether someone has `file`. Looked at as one who shares, so that those who only look are in nobody's way. */
function isHeld(file: string, calls: FlockCalls): boolean {
  if (!existsSync(file)) return false; // an error for each lock that nobody waits for would cost more than the lock
  const fd = open(file, O_RDONLY);
  if (fd === undefined) return false;
  try {
    if (!calls.try(fd, 'shared')) return true;
    if (Date.now() - fstatSync(fd).mtimeMs > idleAfterMs) removeLeftover(file, fd, calls);
    return false;
  } catch {
    return false; // no gate is no reason to fail
  } finally {
    closeSync(fd);
  }
}

/** Removes what nobody has. Only who has it removes it, and only while its name leads to it. */
function removeLeftover(file: string, fd: number, calls: FlockCalls): void {
  if (calls.try(fd, 'exclusive') && isStillAt(file, fd)) unlinkSync(file);
}

/** Looks at, and so removes, what was left for locks that nobody has taken since; a few at a time, for each is a child without koffi. */
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
