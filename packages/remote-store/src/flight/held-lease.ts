// A lease that this process holds: renewed while it builds and publishes, and ended with how that went. Once another
// machine wrote it, it is never written again.
import { isRemoteError } from '../errors.ts';
import type { Clock, RemoteStore } from '../ports.ts';
import { type LeaseState, replaceLease } from './lease.ts';

export class HeldLease {
  readonly #remote: RemoteStore;
  readonly #key: string;
  readonly #clock: Clock;
  readonly #stop = new AbortController();
  readonly #renewing: Promise<void>;
  #lease: LeaseState;
  #etag: string | undefined;

  constructor(remote: RemoteStore, key: string, lease: LeaseState, etag: string, clock: Clock, renewMs: number) {
    this.#remote = remote;
    this.#key = key;
    this.#lease = lease;
    this.#etag = etag;
    this.#clock = clock;
    this.#renewing = this.#renew(renewMs);
  }

  /** Whether another machine took the lease over. */
  get isLost(): boolean {
    return this.#etag === undefined;
  }

  /** Stops the renewals and writes how the build ended. A failure of the remote is none of the build. */
  async end(state: 'done' | 'failed' | 'abandoned', code?: string, signal?: AbortSignal): Promise<void> {
    this.#stop.abort();
    await this.#renewing;
    if (this.#etag === undefined) return;
    const etag = this.#etag;
    this.#etag = undefined;
    const { holder, gen, n } = this.#lease;
    const ended: LeaseState = { holder, gen, n: n + 1, state, ...(code === undefined ? {} : { code }) };
    try {
      await replaceLease(this.#remote, this.#key, ended, etag, signal);
    } catch (error) {
      if (!isRemoteError(error) && signal?.aborted !== true) throw error;
    }
  }

  async #renew(renewMs: number): Promise<void> {
    const { signal } = this.#stop;
    while (this.#etag !== undefined) {
      try {
        await this.#clock.sleep(renewMs, signal);
      } catch {
        return;
      }
      const next = { ...this.#lease, n: this.#lease.n + 1 };
      try {
        this.#etag = await replaceLease(this.#remote, this.#key, next, this.#etag, undefined);
        this.#lease = next;
      } catch {
        // It may have been written or not. The next renewal finds out; a waiter takes over where none comes.
      }
    }
  }
}
