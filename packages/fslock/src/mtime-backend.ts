// The backend for file systems without flock: proper-lockfile, which keeps the lock directory's mtime fresh for people
// and drops it when the process exits. Its own take-over of old directories is switched off, for it lets two in; what a
// dead process left is taken over by proof alone (claim.ts). There are no shared locks here: both modes exclude.
import { randomUUID } from 'node:crypto';
import { closeSync, statSync, utimesSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { isErrno } from '@wheelwright/errors';
import properLockfile from 'proper-lockfile';
import { claimDir, dropClaim, dropDeadClaim, putClaim, readClaim } from './claim.ts';
import { refuseAncestor } from './family.ts';
import { isOfHere } from './identity.ts';
import { openLockFile } from './open-lock-file.ts';
import type { HeldLock, LockBackend, LockRequest } from './ports.ts';
import { ancestorIds } from './processes.ts';

const pollMs = 50;

export const mtimeBackend: LockBackend = {
  tryAcquire(request) {
    const file = openLockFile(request.path);
    let unlock: (() => void) | undefined;
    try {
      unlock = claim(request);
    } finally {
      if (unlock === undefined) closeSync(file.fd);
    }
    return unlock && held(file.fd, unlock);
  },

  async acquire(request, signal): Promise<HeldLock> {
    for (;;) {
      refuseAncestors(request);
      // At random, so that those who wait do not meet again and again.
      await delay(pollMs * (0.5 + Math.random()), undefined, { signal });
      const held = mtimeBackend.tryAcquire(request);
      if (held !== undefined) return held;
    }
  },
};

function held(fd: number, unlock: () => void): HeldLock {
  return {
    fd,
    release() {
      try {
        unlock();
      } finally {
        closeSync(fd);
      }
    },
  };
}

function claim({ path, purpose }: LockRequest): (() => void) | undefined {
  const dir = claimDir(path);
  const id = randomUUID();
  dropDeadClaim(dir);
  if (readClaim(dir) !== undefined) return undefined; // spares the staging; the rename decides
  const holder = { pid: process.pid, purpose, since: new Date().toISOString() };
  const drop = () => dropClaim(dir, id);
  try {
    const unlock = properLockfile.lockSync(path, {
      lockfilePath: dir,
      realpath: false,
      stale: Number.POSITIVE_INFINITY,
      update: 5_000,
      onCompromised: () => undefined, // the claim tells who holds it, not the time
      fs: {
        mkdirSync() {
          if (!putClaim(dir, id, holder))
            throw Object.assign(new Error('claimed'), { code: 'EEXIST', syscall: 'mkdir' });
        },
        rmdirSync: drop,
        statSync,
        utimesSync,
      },
    });
    return () => {
      try {
        unlock();
      } catch (error) {
        if (!isErrno(error, 'ERELEASED', 'ENOTACQUIRED')) throw error;
      } finally {
        drop();
      }
    };
  } catch (error) {
    if (isErrno(error, 'ELOCKED')) return undefined;
    drop();
    throw error;
  }
}

function refuseAncestors({ path, mode }: LockRequest): void {
  const found = readClaim(claimDir(path));
  if (found?.owner === undefined || !isOfHere(found.owner)) return;
  const generation = ancestorIds().indexOf(found.owner.pid) + 1;
  refuseAncestor(path, mode, [{ generation, mode: 'exclusive', holder: found.holder }]);
}
