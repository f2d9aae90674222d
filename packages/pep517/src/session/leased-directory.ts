// Directories that exist as long as a process holds the lock on them, also a process that inherited it. A sweep removes the
// others. So leftovers of killed builds are distinguished from directories in use without a clock.
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { removeTree } from '@wheelwright/atomic-fs';
import { isErrno } from '@wheelwright/errors';
import { type Lock, LockError, tryAcquireLock } from '@wheelwright/fslock';

export interface LeasedDirectory {
  readonly dir: string;
  /** The descriptor for children to inherit; undefined if the file system has no such locks. Then no process sweeps. */
  readonly leaseFd: number | undefined;
  /** Removes it. */
  release(): void;
}

/** Makes the first of `<name>-0`, `<name>-1`, … that does not exist. A process that is alone always gets the same path. */
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
      // crash here: it has no lease yet, so it is swept. A sweep between the two steps takes it; then use the next name.
      const lease = await tryAcquireLock(dir);
      if (lease !== undefined && isDirectory(dir)) return leased(dir, lease);
      // If a sweep has already removed it, taking the lock has created a file of that name.
      if (lease !== undefined) removeTree(dir);
      lease?.release();
    } catch (error) {
      if (error instanceof LockError && error.code === 'FSLOCK_UNSUPPORTED') return leased(dir, undefined);
      if (!isErrno(error, 'ENOENT')) throw error;
    }
  }
}

/** Removes directories in `parentDir` whose name begins with `prefix` and whose lease is free. Returns their paths. */
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

/** The lease of a directory whose owner is dead; undefined if the owner lives or that cannot be known. */
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
