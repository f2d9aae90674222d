// The port that every locking backend implements, and the types that the backends share.

/** `'shared'`: any number of processes may hold the lock at once. `'exclusive'`: one process, and no shared holder. */
export type LockMode = 'shared' | 'exclusive';

/** What is known about a process that holds a lock. */
export interface LockHolder {
  /** Process number. */
  readonly pid?: number | undefined;
  /** What the holder does, for people: its `purpose` option, or its program and subcommand. */
  readonly purpose?: string | undefined;
  /** When it acquired the lock, ISO 8601 in UTC. */
  readonly since?: string | undefined;
}

/** One request for a lock. */
export interface LockRequest {
  readonly path: string;
  readonly mode: LockMode;
  readonly purpose?: string | undefined;
  /** Remove the lock file on release, while it is still locked. */
  readonly removeOnRelease?: boolean | undefined;
}

/** A held lock: its descriptor, and the function that releases it. */
export interface HeldLock {
  readonly fd: number;
  release(): void;
}

/** One means of locking. A function that does not return a lock leaves nothing held and nothing open. */
export interface LockBackend {
  /** Acquires without waiting; undefined when another process holds the lock or waits for it. */
  tryAcquire(request: LockRequest): HeldLock | undefined;
  /** Waits for the lock. Rejects when `signal` is aborted and the wait has ended. */
  acquire(request: LockRequest, signal: AbortSignal): Promise<HeldLock>;
}
