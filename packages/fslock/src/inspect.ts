// Reports who holds a lock, without taking the lock where the platform allows that.
import { closeSync } from 'node:fs';
import { dropOwner, lockDirOf, readOwner } from './directory-lock.ts';
import { lacksFlock } from './flock-backend.ts';
import { flockCalls } from './flock-calls.ts';
import { readHolder } from './holder.ts';
import { type LockFile, openExisting } from './open-lock-file.ts';
import type { LockHolder } from './ports.ts';
import { describeProgram, findHolders, listedLocks, type Sighting, seesEveryProcess } from './processes.ts';

/** The state of a lock at one moment. */
export interface LockInspection {
  /** Whether the lock is held, and in which mode. */
  readonly state: 'free' | 'shared' | 'exclusive';
  /** Holders that could be found; processes of other users and machines may be missing. */
  readonly holders: readonly LockHolder[];
}

/**
 * Inspects the lock on `path` and creates nothing. A path that does not exist is free. Where `/proc` does not show every
 * process (a container), the lock is tried for an instant, during which `tryAcquireLock` elsewhere can fail.
 * Throws LockError `FSLOCK_UNSAFE_PATH` for a link, pipe, socket or device; other errors of the disk pass unchanged.
 */
export async function inspectLock(path: string): Promise<LockInspection> {
  return inspectNow(path);
}

/** {@link inspectLock}, synchronously. */
export function inspectNow(path: string): LockInspection {
  const owner = readOwner(lockDirOf(path));
  if (owner !== undefined) return { state: 'exclusive', holders: [owner.holder] };
  const file = openExisting(path);
  if (file === undefined) return { state: 'free', holders: [] };
  try {
    return inspectFile(file);
  } finally {
    closeSync(file.fd);
  }
}

/**
 * Removes the holder of a lock directory, the kind used on file systems without flock, and returns the removed holders.
 * Call it only for a holder that is dead, on another machine for instance: a live one would hold the lock together with
 * the next. Returns `[]` for a lock that the kernel keeps, which needs no breaking.
 */
export async function breakLock(path: string): Promise<readonly LockHolder[]> {
  const owner = readOwner(lockDirOf(path));
  if (owner === undefined) return [];
  dropOwner(lockDirOf(path), owner.id);
  return [owner.holder];
}

function inspectFile(file: LockFile): LockInspection {
  const seen = findHolders(file);
  const state = stateOf(seen) ?? stateOf(listedLocks(file)) ?? (seesEveryProcess() ? 'free' : probe(file));
  if (state === 'free') return { state, holders: [] };
  const named = state === 'exclusive' && file.kind === 'file' ? readHolder(file.fd) : undefined;
  if (seen.length === 0) return { state, holders: named === undefined ? [] : [named] };
  return {
    state,
    holders: seen.map(({ pid }) => (named?.pid === pid ? named : { pid, purpose: describeProgram(pid) })),
  };
}

function stateOf(sightings: readonly Sighting[]): LockInspection['state'] | undefined {
  if (sightings.length === 0) return undefined;
  return sightings.some(({ mode }) => mode === 'exclusive') ? 'exclusive' : 'shared';
}

/** Tries the lock; the caller closes the descriptor at once. A try by another process can fail in that instant. */
function probe({ fd }: LockFile): LockInspection['state'] {
  try {
    if (!flockCalls.try(fd, 'shared')) return 'exclusive';
    return flockCalls.try(fd, 'exclusive') ? 'free' : 'shared';
  } catch (error) {
    if (lacksFlock(error)) return 'free';
    throw error;
  }
}
