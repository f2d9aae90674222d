// Directories that live while somebody holds the lock on them, a process that inherited it included; a sweep removes
// the others. So what a killed build leaves is told from what a running one needs without asking any clock.
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { removeTree } from '@wheelwright/atomic-fs';
import { isErrno } from '@wheelwright/errors';
import { type Lock, LockError, tryAcquireLock } from '@wheelwright/fslock';

export interface LeasedDirectory {
  readonly dir: string;
  /** For a child to inherit; undefined where the file system has no such locks: nobody sweeps there. */
  readonly leaseFd: number | undefined;
  /** Removes it. */
  release(): void;
}

/** Makes the first of `<name>-0`, `<name>-1`, … that is not there; alone, one always gets the same path. */
export async function makeLeasedDirectory(parentDir: string, name: string): Promise<LeasedDirectory> {
  for (let slot = 0; ; slot += 1) {
    const dir = path.join(parentDir, `${name}-${slot}`);
    try {
      mkdirSync(dir);
    } catch (error) {
      if (isErrno(error, 'EEXIST')) continue;
      throw error;
    }
    try {
      // crash here: no lease yet, so it is swept. A sweep that comes between the two steps takes it: the next slot then.
      const lease = await tryAcquireLock(dir);
      if (lease !== undefined && isDirectory(dir)) return leased(dir, lease);
      // Where a sweep has removed it already, taking the lock has made a file of that name.
      if (lease !== undefined) removeTree(dir);
      lease?.release();
    } catch (error) {
      if (error instanceof LockError && error.code === 'FSLOCK_UNSUPPORTED') return leased(dir, undefined);
      if (!isErrno(error, 'ENOENT')) throw error;
    }
  }
}

/** Removes those below `parentDir` whose name begins with `prefix` and whose lease is free; gives their paths. */
export async function sweepLeasedDirectories(parentDir: string, prefix: string): Promise<string[]> {
  const swept: string[] = [];
  for (const name of readdirSync(parentDir)) {
    if (!name.startsWith(prefix)) continue;
    const dir = path.join(parentDir, name);
    const lease = await tryLease(dir);
    if (lease === undefined) continue;
    try {
      removeTree(dir);
      swept.push(dir);
    } finally {
      lease.release();
    }
  }
  return swept;
}

function leased(dir: string, lease: Lock | undefined): LeasedDirectory {
  return {
    dir,
    leaseFd: lease?.fd,
    release() {
      try {
        removeTree(dir);
      } finally {
        lease?.release();
      }
    },
  };
}

/** The lease of one whose owner is dead; undefined while it lives or where nobody can tell. */
async function tryLease(dir: string): Promise<Lock | undefined> {
  try {
    return await tryAcquireLock(dir);
  } catch (error) {
    if (error instanceof LockError || isErrno(error, 'ENOENT', 'EACCES')) return undefined;
    throw error;
  }
}

function isDirectory(dir: string): boolean {
  return statSync(dir, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
