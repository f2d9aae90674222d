// Locks by flock(2): the kernel keeps them, so that a dead holder holds nothing and a stopped one loses nothing.
// Protocol: docs/protocols/lock.md, in the same numbers.
import { closeSync, openSync } from 'node:fs';
import path from 'node:path';
import { isErrno } from '@wheelwright/errors';
import { familyLocks, refuseAncestor } from './family.ts';
import { type FlockCalls, flockCalls } from './flock-calls.ts';
import { isGateOpen, pollGate, queueAtGate } from './gate.ts';
import { clearHolder, writeHolder } from './holder.ts';
import { LockError } from './lock-error.ts';
import { isCurrent, type LockFile, openLockFile } from './open-lock-file.ts';
import { poll } from './poll.ts';
import type { HeldLock, LockBackend, LockMode, LockRequest } from './ports.ts';

/** The backend over `calls`; those of this machine unless a test brings others. */
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
          throw confirmed(error, file, request.path, calls);
        }
        closeSync(file.fd); // the path leads elsewhere by now: again
      }
    },

    async acquire(request, signal) {
      for (;;) {
        const file = openLockFile(request.path); // 1
        try {
          await wait(file, request, calls, signal); // 4
          if (isCurrent(file, request.path)) return held(file, request); // 5, 6
        } catch (error) {
          closeSync(file.fd); // crash or cancellation here: the lock, were it just granted, goes with its descriptor
          throw error;
        }
        closeSync(file.fd);
      }
    },
  };
}

async function wait(file: LockFile, request: LockRequest, calls: FlockCalls, signal: AbortSignal): Promise<void> {
  const { path: filePath, mode } = request;
  const soon = () => poll(() => calls.try(file.fd, mode), 'alone', signal);
  const quick = calls.tryIsCheap();
  let gate = quick ? await pollGate(file, calls, signal) : 'held'; // 4a
  try {
    if (gate !== 'held' && (await soon())) return; // 4b
    const family = familyLocks(file); // 4c
    refuseAncestor(filePath, mode, family);
    // Those of a family that shares the lock pass the gate: whoever waits in it waits for this very family.
    if (gate === 'held' && !(mode === 'shared' && family.some(isShared))) {
      gate = await queueAtGate(file, calls, signal); // 4d
      if (quick && (await soon())) return;
    }
    await calls.wait(file.fd, mode, signal); // 4e
  } finally {
    if (typeof gate === 'number') closeSync(gate);
  }
}

function mayPass(file: LockFile, mode: LockMode, calls: FlockCalls): boolean {
  return isGateOpen(file, calls) || (mode === 'shared' && familyLocks(file).some(isShared));
}

function isShared({ mode }: { readonly mode: LockMode }): boolean {
  return mode === 'shared';
}

function held(file: LockFile, { mode, purpose }: LockRequest): HeldLock {
  const { fd } = file;
  const holder = { pid: process.pid, purpose, since: new Date().toISOString() };
  const named = mode === 'exclusive' && file.kind === 'file' && file.writable && writeHolder(fd, holder);
  return {
    fd,
    release() {
      if (named) clearHolder(fd);
      closeSync(fd); // never LOCK_UN: a child that inherited the descriptor keeps the lock
    },
  };
}

function dropped(file: LockFile): undefined {
  closeSync(file.fd);
}

/** Whether `error` says that this file system has no flock: then others may be tried instead. */
export function lacksFlock(error: unknown): error is NodeJS.ErrnoException {
  return isErrno(error, 'ENOSYS', 'EOPNOTSUPP', 'ENOTSUP', 'ENOLCK');
}

/**
 * A file system without flock refuses every lock; a kernel or server in trouble refuses one. Only the first may be given
 * to another backend: else two processes would hold the lock, each by its own means.
 */
function confirmed(error: unknown, file: LockFile, filePath: string, calls: FlockCalls): unknown {
  const network = isErrno(error, 'EBADF') && (file.kind === 'directory' || !file.writable);
  if (
    !network &&
    (!lacksFlock(error) || refusesLocks(file.kind === 'file' ? path.dirname(filePath) : filePath, calls))
  ) {
    return error;
  }
  return new LockError('FSLOCK_UNSUPPORTED', `The file system does not lock ${filePath}.`, {
    hint: network ? 'On this file system, lock a file that can be written.' : 'Try again; it does lock its neighbours.',
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
