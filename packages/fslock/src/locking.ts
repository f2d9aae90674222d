// Taking a lock: the backend that works on this file system, with the wait bounded, cancelable and visible.
import { lacksFlock } from './flock-backend.ts';
import { describeHolder } from './holder.ts';
import { inspectNow } from './inspect.ts';
import { Lock } from './lock.ts';
import { LockError } from './lock-error.ts';
import type { HeldLock, LockBackend, LockHolder, LockMode, LockRequest } from './ports.ts';

export interface TryAcquireLockOptions {
  /** `'exclusive'` unless said otherwise. */
  readonly mode?: LockMode | undefined;
  /** What the lock is for, told to whoever waits for it: `ww install`. No secrets. */
  readonly purpose?: string | undefined;
}

export interface AcquireLockOptions extends TryAcquireLockOptions {
  /** How long to wait at most; five minutes unless said otherwise, `Infinity` for ever. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called once, after a second of waiting, with the holder as far as it is known. */
  readonly onWait?: ((holder: LockHolder | undefined) => void) | undefined;
}

/** The three ways to a lock. */
export interface Locking {
  acquireLock(path: string, options?: AcquireLockOptions): Promise<Lock>;
  tryAcquireLock(path: string, options?: TryAcquireLockOptions): Promise<Lock | undefined>;
  withLock<T>(path: string, options: AcquireLockOptions, run: (lock: Lock) => Promise<T> | T): Promise<T>;
}

const defaultTimeoutMs = 300_000;
const visibleAfterMs = 1_000;
const longestTimerMs = 2 ** 31 - 1;

/** What locks are made of: flock, and what stands in on file systems that lack it, loaded only there. */
export interface Backends {
  readonly flock: LockBackend;
  loadFallback(): Promise<LockBackend>;
}

/** The three ways over `backends`. */
export function createLocking(backends: Backends): Locking {
  const locking: Locking = {
    async acquireLock(path, options = {}) {
      const { mode = 'exclusive', timeoutMs = defaultTimeoutMs, signal, purpose, onWait } = options;
      if (signal?.aborted) throw aborted(path, signal);
      const request = { path, mode, purpose };
      const { backend, held } = await tryBackends(backends, request);
      if (held !== undefined) return new Lock(path, mode, held);
      if (timeoutMs <= 0) throw timedOut(request, timeoutMs);
      return new Lock(path, mode, await waitFor(backend, request, { timeoutMs, signal, onWait }));
    },

    async tryAcquireLock(path, { mode = 'exclusive', purpose } = {}) {
      const { held } = await tryBackends(backends, { path, mode, purpose });
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
    `The ${mode} lock on ${path} was not free within ${timeoutMs / 1000} s: held by ${by}.`,
    {
      hint: 'Wait until the other has finished, or allow a longer wait.',
      data: { path, mode, timeoutMs, holders },
    },
  );
}
