// The processes that use the store. Each holds the lock on a lease file of its own while it has the store open; staged work
// and pins that carry the name of a lease are litter as soon as that lock is free.
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { type Fs, uniqueSuffix } from '@wheelwright/atomic-fs';
import { isCodedError, isErrno } from '@wheelwright/errors';
import { acquireLock, type Lock, tryAcquireLock } from '@wheelwright/fslock';
import type { StorePaths } from '../store-paths.ts';

export interface Lease {
  /** The name of its file: the pid, for people, and chance. No two processes ever share one. */
  readonly id: string;
  readonly path: string;
  readonly lock: Lock;
}

export async function takeLease({ leases }: StorePaths): Promise<Lease> {
  const id = uniqueSuffix();
  const leasePath = path.join(leases, id);
  return { id, path: leasePath, lock: await acquireLock(leasePath, { purpose: 'using the store' }) };
}

/** Removes the file while the lock is held, so that it is never mistaken for the lease of a dead process. */
export function endLease(lease: Lease, fs: Fs): void {
  try {
    unlinkIfThere(fs, lease.path);
  } finally {
    lease.lock.release();
  }
}

/**
 * Removes the lease files of dead processes; `all` also of those whose number another process has by now. Each goes
 * under its lock: between a look and an unlink its owner, who has just made it, could have taken it.
 */
export async function sweepLeases({ leases }: StorePaths, fs: Fs, { all }: { readonly all: boolean }): Promise<void> {
  for (const id of readdirSync(leases)) {
    const leasePath = path.join(leases, id);
    // Asking for a number is cheap, a lock is the proof: the process may live in another namespace.
    if ((!all && isProcess(Number.parseInt(id, 10))) || !existsSync(leasePath)) continue;
    const lock = await tryLease(leasePath, 'exclusive');
    if (lock === undefined) continue;
    try {
      unlinkIfThere(fs, leasePath);
    } finally {
      lock.release();
    }
  }
}

/** Tells live leases from dead ones; each is looked at once. */
export class LeaseRegister {
  readonly #paths: StorePaths;
  readonly #known = new Map<string, boolean>();

  constructor(paths: StorePaths) {
    this.#paths = paths;
  }

  /** Whether the process that took the lease still has the store open. A dead one stays dead: no id comes again. */
  async isLive(id: string): Promise<boolean> {
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    const live = await this.#look(path.join(this.#paths.leases, id));
    this.#known.set(id, live);
    return live;
  }

  async #look(leasePath: string): Promise<boolean> {
    if (!existsSync(leasePath)) return false;
    const lock = await tryLease(leasePath, 'shared');
    lock?.release();
    return lock === undefined;
  }
}

/** The lock on the lease of a dead process; undefined while it lives. */
async function tryLease(leasePath: string, mode: 'shared' | 'exclusive'): Promise<Lock | undefined> {
  try {
    return await tryAcquireLock(leasePath, { mode, purpose: 'clearing up after a dead process' });
  } catch (error) {
    // Held by a process that started this one.
    if (isCodedError(error, 'FSLOCK_HELD_BY_ANCESTOR')) return undefined;
    throw error;
  }
}

function isProcess(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return !isErrno(error, 'ESRCH');
  }
}

export function unlinkIfThere(fs: Fs, target: string): void {
  try {
    fs.unlink(target);
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
  }
}
