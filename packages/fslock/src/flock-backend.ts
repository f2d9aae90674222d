// Locks by flock(2): the kernel keeps them, so that a dead holder holds nothing and a stopped one loses nothing.
// Protocol: docs/protocols/lock.md, in the same numbers.
import { closeSync } from 'node:fs';
import { type FlockCalls, flockCalls } from './flock-calls.ts';
import { isGateOpen, openGate } from './gate.ts';
import { clearHolder, describeHolder, readHolder, writeHolder } from './holder.ts';
import { LockError } from './lock-error.ts';
import { isCurrent, type LockFile, openLockFile } from './open-lock-file.ts';
import type { HeldLock, LockBackend, LockHolder, LockMode, LockRequest } from './ports.ts';
import { ancestorIds, describeProgram, heldBy } from './processes.ts';

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
          throw error;
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

async function wait(
  file: LockFile,
  { path, mode }: LockRequest,
  calls: FlockCalls,
  signal: AbortSignal,
): Promise<void> {
  const family = familyLock(file);
  if (family !== undefined && family.generation > 0 && (mode === 'exclusive' || family.mode === 'exclusive')) {
    throw heldByAncestor(path, family.holder);
  }
  // One whose own process or ancestor shares the lock already passes the gate: the waiter in it waits for that one.
  const gate = mode === 'shared' && family?.mode === 'shared' ? undefined : openGate(file);
  try {
    await calls.wait(file.fd, mode, gate, signal);
  } finally {
    if (gate !== undefined) closeSync(gate);
  }
}

function mayPass(file: LockFile, mode: LockMode, calls: FlockCalls): boolean {
  return isGateOpen(file, calls) || (mode === 'shared' && familyLock(file)?.mode === 'shared');
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

interface FamilyLock {
  readonly generation: number;
  readonly mode: LockMode;
  readonly holder: LockHolder;
}

/** How this process (generation 0) or one that it descends from holds the file. */
function familyLock(file: LockFile): FamilyLock | undefined {
  const named = file.kind === 'file' ? readHolder(file.fd) : undefined;
  for (const [generation, pid] of [process.pid, ...ancestorIds()].entries()) {
    const mode = heldBy(pid, file);
    const holder = named?.pid === pid ? named : { pid, purpose: describeProgram(pid) };
    if (mode === 'unreadable' && named?.pid === pid) return { generation, mode: 'exclusive', holder };
    if (mode !== undefined && mode !== 'unreadable') return { generation, mode, holder };
  }
  return undefined;
}

function heldByAncestor(path: string, holder: LockHolder): LockError {
  return new LockError(
    'FSLOCK_HELD_BY_ANCESTOR',
    `${path} is locked by ${describeHolder(holder)}, which started this process and may be waiting for it.`,
    {
      hint: 'Do this before or after what the other is doing, not from within.',
      data: { path, holders: [holder] },
    },
  );
}
