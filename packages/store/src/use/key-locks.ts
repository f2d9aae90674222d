// One lock for every key that can be filled: single flight over threads and processes. One run may fill many at once; who
// holds a lock waits for no other.
import path from 'node:path';
import { isCodedError } from '@wheelwright/errors';
import { type Lock, type LockHolder, tryAcquireLock, withLock } from '@wheelwright/fslock';

export interface KeyLocksOptions {
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onWait?: ((key: string, holder: LockHolder | undefined) => void) | undefined;
}

/** What is done under the lock. */
export interface KeyTask {
  /** The purpose that waiting processes see. */
  readonly purpose: string;
  /** Ends the wait. */
  readonly signal?: AbortSignal | undefined;
}

export class KeyLocks {
  readonly #dir: string;
  readonly #options: KeyLocksOptions;

  constructor(dir: string, options: KeyLocksOptions) {
    this.#dir = dir;
    this.#options = options;
  }

  /** Runs `work` under the lock on `key`. Throws FSLOCK_…. */
  async hold<T>(key: string, { purpose, signal: own }: KeyTask, run: () => Promise<T>): Promise<T> {
    const { timeoutMs, signal: ofStore, onWait } = this.#options;
    const given = [ofStore, own].filter((one) => one !== undefined);
    const signal = given.length > 1 ? AbortSignal.any(given) : given[0];
    const options = { timeoutMs, signal, purpose, onWait: (holder: LockHolder | undefined) => onWait?.(key, holder) };
    return withLock(this.pathOf(key), options, run);
  }

  /** Undefined while another process fills `key`. */
  async tryHold(key: string, purpose: string): Promise<Lock | undefined> {
    try {
      return await tryAcquireLock(this.pathOf(key), { purpose });
    } catch (error) {
      if (isCodedError(error, 'FSLOCK_HELD_BY_ANCESTOR')) return undefined;
      throw error;
    }
  }

  pathOf(key: string): string {
    return path.join(this.#dir, key);
  }
}
