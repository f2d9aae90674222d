// The handle of a held lock. The lock lasts until `release`, or until the process and every child that inherited the
// descriptor have ended.
import type { HeldLock, LockMode } from './ports.ts';

/**
 * A held lock, made by `acquireLock` and `tryAcquireLock`. `await using` releases it. When the process dies, the kernel
 * releases it.
 */
export class Lock implements AsyncDisposable {
  /** The locked path, as it was passed in. */
  readonly path: string;
  /** The mode in which this process holds it. */
  readonly mode: LockMode;
  #held: HeldLock | undefined;

  constructor(path: string, mode: LockMode, held: HeldLock) {
    this.path = path;
    this.mode = mode;
    this.#held = held;
  }

  /** The descriptor that holds the lock. A child that inherits it through `stdio` keeps the lock when this process dies. */
  get fd(): number {
    if (this.#held === undefined) throw new Error(`bug: the lock on ${this.path} was used after its release.`);
    return this.#held.fd;
  }

  /** Releases the lock; a second call does nothing. Children that inherited the descriptor keep it until they end. */
  release(): void {
    const held = this.#held;
    this.#held = undefined;
    held?.release();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.release();
  }
}
