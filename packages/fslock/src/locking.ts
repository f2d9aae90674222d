// Acquires locks: chooses the backend that the file system supports, and bounds, cancels and reports the wait.
import { lacksFlock } from './flock-backend.ts';
import { describeHolder } from './holder.ts';
import { inspectNow } from './inspect.ts';
import { Lock } from './lock.ts';
import { LockError } from './lock-error.ts';
import type { HeldLock, LockBackend, LockHolder, LockMode, LockRequest } from './ports.ts';

/** Options of `tryAcquireLock`. */
export interface TryAcquireLockOptions {
  /** Default: `'exclusive'`. */
  readonly mode?: LockMode | undefined;
  /** A few words about the holder, shown to waiting processes: `deploy web`. It is written into the lock file: no secrets. */
  readonly purpose?: string | undefined;
  /**
   * The release of an exclusive lock removes the lock file, for a directory that must not keep one. A file with other
   * content stays, and so does the file of a process that is killed. Default: false. Processes of this package may wait
   * meanwhile; do not use it where another program locks the same file, or where a child inherits the descriptor.
   */
  readonly removeOnRelease?: boolean | undefined;
}

/** Options of `acquireLock` and `withLock`. */
export interface AcquireLockOptions extends TryAcquireLockOptions {
  /** Longest wait in milliseconds. Default: 300,000. 0 does not wait; `Infinity` waits without a limit. */
  readonly timeoutMs?: number | undefined;
  /** Ends the wait: the promise rejects with `FSLOCK_ABORTED` and nothing is held. */
  readonly signal?: AbortSignal | undefined;
  /** Called once, after a second of waiting, with the holder if it is known. */
  readonly onWait?: ((holder: LockHolder | undefined) => void) | undefined;
}

/** The functions of this package that take a lock. */
export interface Locking {
  /** As the exported function of this name. */
  acquireLock(path: string, options?: AcquireLockOptions): Promise<Lock>;
  /** As the exported function of this name. */
  tryAcquireLock(path: string, options?: TryAcquireLockOptions): Promise<Lock | undefined>;
  /** As the exported function of this name. */
  withLock<T>(path: string, options: AcquireLockOptions, run: (lock: Lock) => Promise<T> | T): Promise<T>;
}

const defaultTimeoutMs = 300_000;
const visibleAfterMs = 1_000;
const longestTimerMs = 2 ** 31 - 1;

/** The two backends: flock, and the one for file systems without flock, which is loaded only when needed. */
export interface Backends {
  readonly flock: LockBackend;
  loadFallback(): Promise<LockBackend>;
}

/** Creates the three functions over `backends`. */
export function createLocking(backends: Backends): Locking {
  const locking: Locking = {
    async acquireLock(path, options = {}) {
      const { mode = 'exclusive', timeoutMs = defaultTimeoutMs, signal, purpose, removeOnRelease, onWait } = options;
      if (signal?.aborted) throw aborted(path, signal);
      const request = { path, mode, purpose, removeOnRelease };
      const { backend, held } = await tryBackends(backends, request);
      if (held !== undefined) return new Lock(path, mode, held);
      if (timeoutMs <= 0) throw timedOut(request, timeoutMs);
      return new Lock(path, mode, await waitFor(backend, request, { timeoutMs, signal, onWait }));
    },

    async tryAcquireLock(path, { mode = 'exclusive', purpose, removeOnRelease } = {}) {
      const { held } = await tryBackends(backends, { path, mode, purpose, removeOnRelease });
      return held === undefined ? undefined : new Lock(path, mode, held);
    },

    async withLock(path, options, run) {
      const lock = await locking.acquireLock(path, options);
      try {
        return await run(lock);
      } finally {
        lock.release();
      }
    },
  };
  return locking;
}

async function tryBackends(
  backends: Backends,
  request: LockRequest,
): Promise<{ backend: LockBackend; held: HeldLock | undefined }> {
  try {
    return { backend: backends.flock, held: backends.flock.tryAcquire(request) };
  } catch (error) {
    if (!lacksFlock(error)) throw error;
    const backend = await backends.loadFallback();
    return { backend, held: backend.tryAcquire(request) };
  }
}

interface WaitOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  readonly onWait: ((holder: LockHolder | undefined) => void) | undefined;
}

async function waitFor(backend: LockBackend, request: LockRequest, options: WaitOptions): Promise<HeldLock> {
  const { timeoutMs, signal, onWait } = options;
  const stop = new AbortController();
  const onAbort = () => stop.abort();
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted) stop.abort();
  const timeout = timeoutMs === Infinity ? undefined : setTimeout(onAbort, Math.min(timeoutMs, longestTimerMs));
  const notice = onWait && setTimeout(() => onWait(inspectNow(request.path).holders[0]), visibleAfterMs);
  try {
    return await backend.acquire(request, stop.signal);
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    throw signal?.aborted ? aborted(request.path, signal) : timedOut(request, timeoutMs);
  } finally {
    clearTimeout(timeout);
    clearTimeout(notice);
    signal?.removeEventListener('abort', onAbort);
  }
}

function aborted(path: string, signal: AbortSignal): LockError {
  return new LockError('FSLOCK_ABORTED', `Waiting for the lock on ${path} was cancelled.`, {
    cause: signal.reason,
    data: { path },
  });
}

function timedOut({ path, mode }: LockRequest, timeoutMs: number): LockError {
  const { holders } = inspectNow(path);
  const by = holders.length === 0 ? 'another process' : holders.map(describeHolder).join(' and ');
  return new LockError(
    'FSLOCK_TIMEOUT',
    `The ${mode} lock on ${path} was not free within ${timeoutMs / 1000} s; it is held by ${by}.`,
    {
      hint: 'Wait until the holder has finished, or allow a longer wait.',
      data: { path, mode, timeoutMs, holders },
    },
  );
}
