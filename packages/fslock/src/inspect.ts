// Who holds a lock, without taking it where that can be avoided.
import { closeSync } from 'node:fs';
import { claimDir, dropClaim, readClaim } from './claim.ts';
import { lacksFlock } from './flock-backend.ts';
import { flockCalls } from './flock-calls.ts';
import { readHolder } from './holder.ts';
import { type LockFile, openExisting } from './open-lock-file.ts';
import type { LockHolder } from './ports.ts';
import { describeProgram, findHolders, listedLocks, type Sighting, seesEveryProcess } from './processes.ts';

/** What is known of a lock at one moment. `holders` may lack those of other users and machines. */
export interface LockInspection {
  readonly state: 'free' | 'shared' | 'exclusive';
  readonly holders: readonly LockHolder[];
}

/** Looks at a lock; one whose file does not exist is free. Creates nothing. */
export async function inspectLock(path: string): Promise<LockInspection> {
  return inspectNow(path);
}

/** {@link inspectLock} at once. */
export function inspectNow(path: string): LockInspection {
  const claim = readClaim(claimDir(path));
  if (claim !== undefined) return { state: 'exclusive', holders: [claim.holder] };
  const file = openExisting(path);
  if (file === undefined) return { state: 'free', holders: [] };
  try {
    return inspectFile(file);
  } finally {
    closeSync(file.fd);
  }
}

/**
 * Takes the lock away from whoever holds it, where it is held by a directory and not by the kernel; gives the holders it
 * was taken from. Only for one who knows that they are dead, on another machine for instance: two hold it otherwise.
 */
export async function breakLock(path: string): Promise<readonly LockHolder[]> {
  const claim = readClaim(claimDir(path));
  if (claim === undefined) return [];
  dropClaim(claimDir(path), claim.id);
  return [claim.holder];
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

/** Tries the lock and lets it go at once: for that moment another's try may fail. */
function probe({ fd }: LockFile): LockInspection['state'] {
  try {
    if (!flockCalls.try(fd, 'shared')) return 'exclusive';
    return flockCalls.try(fd, 'exclusive') ? 'free' : 'shared';
  } catch (error) {
    if (lacksFlock(error)) return 'free';
    throw error;
  }
}
