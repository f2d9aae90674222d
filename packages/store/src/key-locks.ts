// One lock for every key that can be filled: single flight over threads and processes. Nobody holds two of one kind.
import path from 'node:path';
import { isCodedError } from '@wheelwright/errors';
import { type Lock, type LockHolder, tryAcquireLock, withLock } from '@wheelwright/fslock';

export interface KeyLocksOptions {
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onWait?: ((key: string, holder: LockHolder | undefined) => void) | undefined;
}

export class KeyLocks {
  readonly #dir: string;
  readonly #options: KeyLocksOptions;

  constructor(dir: string, options: KeyLocksOptions) {
    this.#dir = dir;
    this.#options = options;
  }

  /** Runs while nobody else fills `key`. Throws FSLOCK_…. */
  async hold<T>(key: string, purpose: string, run: () => Promise<T>): Promise<T> {
    const { timeoutMs, signal, onWait } = this.#options;
    const options = { timeoutMs, signal, purpose, onWait: (holder: LockHolder | undefined) => onWait?.(key, holder) };
    return withLock(this.pathOf(key), options, run);
  }

  /** Undefined while somebody fills `key`. */
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
