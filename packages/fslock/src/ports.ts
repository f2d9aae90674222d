// The port behind which a way of locking lies, and the words that all of them share.

/** Many may hold a lock `shared` at once; `exclusive` excludes every other. */
export type LockMode = 'shared' | 'exclusive';

/** What can be told about someone who holds a lock. */
export interface LockHolder {
  readonly pid?: number | undefined;
  /** What it is doing, for people: `ww install`. */
  readonly purpose?: string | undefined;
  /** When it got the lock, in ISO 8601. */
  readonly since?: string | undefined;
}

/** One wish for a lock. */
export interface LockRequest {
  readonly path: string;
  readonly mode: LockMode;
  readonly purpose?: string | undefined;
}

/** A lock that is held: its descriptor, and the one way to let it go. */
export interface HeldLock {
  readonly fd: number;
  release(): void;
}

/** A way of locking. Both functions leave nothing held and nothing open when they do not return a lock. */
export interface LockBackend {
  /** Without waiting; undefined: someone else holds it, or is before us in the queue. */
  tryAcquire(request: LockRequest): HeldLock | undefined;
  /** Waits until the lock is ours; rejects once `signal` is aborted and the wait has ended. */
  acquire(request: LockRequest, signal: AbortSignal): Promise<HeldLock>;
}
