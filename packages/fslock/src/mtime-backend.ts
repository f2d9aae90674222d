// The backend for file systems without flock. proper-lockfile keeps the lock directory's mtime fresh, for people, and
// removes the directory when the process exits. Its own take-over of old directories is switched off, because it lets two
// processes in. An owner is taken over only with proof that its process is dead (directory-lock.ts). Both modes are
// exclusive here.
import { randomUUID } from 'node:crypto';
import { closeSync, fstatSync, statSync, utimesSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { isErrno } from '@wheelwright/errors';
import properLockfile from 'proper-lockfile';
import { refuseAncestor } from './ancestor-holds.ts';
import { dropDeadOwner, dropOwner, lockDirOf, placeOwner, readOwner } from './directory-lock.ts';
import { isOfHere } from './identity.ts';
import { type LockFile, openLockFile, removeFile } from './open-lock-file.ts';
import type { HeldLock, LockBackend, LockRequest } from './ports.ts';
import { ancestorIds } from './processes.ts';

const pollMs = 50;

/** The backend for file systems without flock. */
export const mtimeBackend: LockBackend = {
  tryAcquire(request) {
    const file = openLockFile(request.path);
    let unlock: (() => void) | undefined;
    try {
      unlock = take(request);
    } finally {
      if (unlock === undefined) closeSync(file.fd);
    }
    return unlock && held(file, request, unlock);
  },

  async acquire(request, signal): Promise<HeldLock> {
    for (;;) {
      refuseAncestors(request);
      // A random pause, so that waiting processes do not collide again and again.
      await delay(pollMs * (0.5 + Math.random()), undefined, { signal });
      const held = mtimeBackend.tryAcquire(request);
      if (held !== undefined) return held;
    }
  },
};

function held(file: LockFile, { path, mode, removeOnRelease }: LockRequest, unlock: () => void): HeldLock {
  const { fd, kind } = file;
  const removes = removeOnRelease === true && mode === 'exclusive' && kind === 'file';
  return {
    fd,
    release() {
      try {
        // A file with content has another use and stays.
        if (removes && fstatSync(fd).size === 0) removeFile(path);
        unlock();
      } finally {
        closeSync(fd);
      }
    },
  };
}

function take({ path, purpose }: LockRequest): (() => void) | undefined {
  const dir = lockDirOf(path);
  const id = randomUUID();
  dropDeadOwner(dir);
  if (readOwner(dir) !== undefined) return undefined; // avoids staging in vain; the rename decides
  const holder = { pid: process.pid, purpose, since: new Date().toISOString() };
  const drop = () => dropOwner(dir, id);
  try {
    const unlock = properLockfile.lockSync(path, {
      lockfilePath: dir,
      realpath: false,
      stale: Number.POSITIVE_INFINITY,
      update: 5_000,
      onCompromised: () => undefined, // the owner file decides who holds the lock, not its age
      fs: {
        mkdirSync() {
          if (!placeOwner(dir, id, holder))
            throw Object.assign(new Error('held'), { code: 'EEXIST', syscall: 'mkdir' });
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
  const found = readOwner(lockDirOf(path));
  if (found?.owner === undefined || !isOfHere(found.owner)) return;
  const distance = ancestorIds().indexOf(found.owner.pid) + 1;
  refuseAncestor(path, mode, [{ distance, mode: 'exclusive', holder: found.holder }]);
}
