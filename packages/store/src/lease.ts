// Who is using the store. A process holds the lock on a lease file of its own for as long as it has the store open;
// whatever carries the name of a lease (staged work, pins on entries) is litter as soon as that lock is free.
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Fs } from '@wheelwright/atomic-fs';
import { isCodedError, isErrno } from '@wheelwright/errors';
import { acquireLock, type Lock, tryAcquireLock } from '@wheelwright/fslock';
import type { StorePaths } from './store-paths.ts';

export interface Lease {
  /** The name of its file: the pid, for people, and chance. No two processes ever share one. */
  readonly id: string;
  readonly path: string;
  readonly lock: Lock;
}

export async function takeLease({ leases }: StorePaths): Promise<Lease> {
  const id = `${process.pid}-${randomBytes(8).toString('hex')}`;
  const leasePath = path.join(leases, id);
  return { id, path: leasePath, lock: await acquireLock(leasePath, { purpose: 'using the store' }) };
}

/** The file goes while the lock is held, so that it is never taken for the lease of somebody who died. */
export function endLease(lease: Lease, fs: Fs): void {
  try {
    unlinkIfThere(fs, lease.path);
  } finally {
    lease.lock.release();
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
    try {
      const lock = await tryAcquireLock(leasePath, { mode: 'shared', purpose: 'clearing up after a dead process' });
      lock?.release();
      return lock === undefined;
    } catch (error) {
      // Held by a process that started this one.
      if (isCodedError(error, 'FSLOCK_HELD_BY_ANCESTOR')) return true;
      throw error;
    }
  }
}

export function unlinkIfThere(fs: Fs, target: string): void {
  try {
    fs.unlink(target);
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
  }
}
