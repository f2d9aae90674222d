// The flock(2) backend. The kernel keeps these locks, so a dead holder holds nothing and a stopped holder loses nothing.
// Protocol: docs/protocols/lock.md, in the same numbers.
import { closeSync, openSync } from 'node:fs';
import path from 'node:path';
import { atPath, isErrno } from '@wheelwright/errors';
import { ancestorHolds, refuseAncestor } from './ancestor-holds.ts';
import { type FlockCalls, flockCalls } from './flock-calls.ts';
import { isGateOpen, pollGate, queueAtGate } from './gate.ts';
import { clearHolder, writeHolder } from './holder.ts';
import { LockError } from './lock-error.ts';
import { isCurrent, type LockFile, openLockFile, removeFile } from './open-lock-file.ts';
import { poll } from './poll.ts';
import type { HeldLock, LockBackend, LockMode, LockRequest } from './ports.ts';

/** Creates the backend over `calls`; tests pass their own, everyone else uses this machine's. */
export function createFlockBackend(calls: FlockCalls = flockCalls): LockBackend {
  return {
    tryAcquire(request) {
      for (;;) {
        const file = openLockFile(request.path); // 1
        try {
          const locked = mayPass(file, request.mode, calls) && calls.try(file.fd, request.mode); // 2, 3
          if (!locked) return dropped(file);
          if (isCurrent(file, request.path)) return held(file, request); // 5, 6
        } catch (error) {
          closeSync(file.fd);
          throw confirmed(atPath(error, request.path), file, request.path, calls);
        }
        closeSync(file.fd); // the path names another file by now: start over
      }
    },

    async acquire(request, signal) {
      for (;;) {
        const file = openLockFile(request.path); // 1
        try {
          await wait(file, request, calls, signal); // 4
          if (isCurrent(file, request.path)) return held(file, request); // 5, 6
        } catch (error) {
          closeSync(file.fd); // crash or cancellation here: closing the descriptor releases a lock that was granted a moment ago
          throw atPath(error, request.path);
        }
        closeSync(file.fd);
      }
    },
  };
}

async function wait(file: LockFile, request: LockRequest, calls: FlockCalls, signal: AbortSignal): Promise<void> {
  const { path: filePath, mode } = request;
  const tryForAMoment = () => poll(() => calls.try(file.fd, mode), 'alone', signal);
  const quick = calls.tryIsCheap();
  let gate = quick ? await pollGate(file, calls, signal) : 'held'; // 4a
  try {
    if (gate !== 'held' && (await tryForAMoment())) return; // 4b
    const holds = ancestorHolds(file); // 4c
    refuseAncestor(filePath, mode, holds);
    // A process whose ancestor shares the lock passes the gate: the writer at the gate waits for that ancestor.
    if (gate === 'held' && !(mode === 'shared' && holds.some(isShared))) {
      gate = await queueAtGate(file, calls, signal); // 4d
      if (quick && (await tryForAMoment())) return;
    }
    await calls.wait(file.fd, mode, signal); // 4e
  } finally {
    if (typeof gate === 'number') closeSync(gate);
  }
}

function mayPass(file: LockFile, mode: LockMode, calls: FlockCalls): boolean {
  return isGateOpen(file, calls) || (mode === 'shared' && ancestorHolds(file).some(isShared));
}

function isShared({ mode }: { readonly mode: LockMode }): boolean {
  return mode === 'shared';
}

function held(file: LockFile, { path: filePath, mode, purpose, removeOnRelease }: LockRequest): HeldLock {
  const { fd } = file;
  const holder = { pid: process.pid, purpose, since: new Date().toISOString() };
  const named = mode === 'exclusive' && file.kind === 'file' && file.writable && writeHolder(fd, holder);
  return {
    fd,
    release() {
      // A file with other content is not named and stays. A waiter that gets the lock of a removed file starts over (5).
      if (named && removeOnRelease === true && isCurrent(file, filePath)) removeFile(filePath);
      else if (named) clearHolder(fd);
      closeSync(fd); // never LOCK_UN, which would release the lock of a child that inherited the descriptor
    },
  };
}

function dropped(file: LockFile): undefined {
  closeSync(file.fd);
}

/** Whether `error` means that the file system has no flock, so that another backend may be tried. */
export function lacksFlock(error: unknown): error is NodeJS.ErrnoException {
  return isErrno(error, 'ENOSYS', 'EOPNOTSUPP', 'ENOTSUP', 'ENOLCK');
}

/**
 * The error to throw for a refused flock. A file system without flock refuses every lock, so the directory around the
 * file is tried too. A kernel or server in trouble refuses one lock: then no other backend may take over, because two
 * processes could each hold the lock through a different backend. Such a refusal becomes FSLOCK_UNSUPPORTED.
 */
function confirmed(error: unknown, file: LockFile, filePath: string, calls: FlockCalls): unknown {
  const network = isErrno(error, 'EBADF') && (file.kind === 'directory' || !file.writable);
  if (
    !network &&
    (!lacksFlock(error) || refusesLocks(file.kind === 'file' ? path.dirname(filePath) : filePath, calls))
  ) {
    return error;
  }
  return new LockError('FSLOCK_UNSUPPORTED', `The file system refused to lock ${filePath}.`, {
    hint: network
      ? 'On this file system, lock a writable file instead.'
      : 'Try again: other files in the same directory can be locked.',
    data: { path: filePath },
    cause: error,
  });
}

function refusesLocks(dir: string, calls: FlockCalls): boolean {
  const fd = openSync(dir, 'r');
  try {
    calls.try(fd, 'shared');
    return false;
  } catch (error) {
    return lacksFlock(error) || isErrno(error, 'EBADF');
  } finally {
    closeSync(fd);
  }
}
