// The three functions that the package exports, over the backends of this machine.
import { createFlockBackend } from './flock-backend.ts';
import type { Lock } from './lock.ts';
import { type AcquireLockOptions, createLocking, type TryAcquireLockOptions } from './locking.ts';

const locking = createLocking({
  flock: createFlockBackend(),
  loadFallback: async () => (await import('./mtime-backend.ts')).mtimeBackend,
});

/**
 * Acquires the lock on `path`, a file (created if absent) or a directory, and waits for it if it is held. Rejects with
 * LockError: `FSLOCK_TIMEOUT`, `FSLOCK_ABORTED`, `FSLOCK_HELD_BY_ANCESTOR`, `FSLOCK_UNSUPPORTED`, `FSLOCK_UNSAFE_PATH`.
 * Errors of opening the path (`ENOENT` for its directory, `EACCES`) pass unchanged. A rejected call holds nothing. The
 * kernel releases the lock of a process that dies.
 */
export function acquireLock(path: string, options?: AcquireLockOptions): Promise<Lock> {
  return locking.acquireLock(path, options);
}

/**
 * Acquires the lock without waiting; undefined when it is held or other processes wait for it. Rejects as
 * {@link acquireLock}.
 */
export function tryAcquireLock(path: string, options?: TryAcquireLockOptions): Promise<Lock | undefined> {
  return locking.tryAcquireLock(path, options);
}

/**
 * Acquires the lock, calls `run`, and releases the lock when `run` returns or throws. Resolves to the result of `run`.
 * Rejects as {@link acquireLock}, and with what `run` throws.
 */
export function withLock<T>(
  path: string,
  options: AcquireLockOptions,
  run: (lock: Lock) => Promise<T> | T,
): Promise<T> {
  return locking.withLock(path, options, run);
}
