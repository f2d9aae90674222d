// The handle of a lock that is held. It lives until `release`, or until the process and every child that inherited the
// descriptor are dead.
import type { HeldLock, LockMode } from './ports.ts';

/** A lock that is held. Made by `acquireLock` and `tryAcquireLock`. */
export class Lock implements AsyncDisposable {
  readonly path: string;
  readonly mode: LockMode;
  #held: HeldLock | undefined;

  constructor(path: string, mode: LockMode, held: HeldLock) {
    this.path = path;
    this.mode = mode;
    this.#held = held;
  }

  /** The descriptor that holds the lock. A child that gets it in `stdio` keeps the lock when this process dies. */
  get fd(): number {
    if (this.#held === undefined) throw new Error(`bug: the lock on ${this.path} was released before its use.`);
    return this.#held.fd;
  }

  /** Lets the lock go; a second call does nothing. Children that inherited the descriptor keep it until they end. */
  release(): void {
    const held = this.#held;
    this.#held = undefined;
    held?.release();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.release();
  }
}
