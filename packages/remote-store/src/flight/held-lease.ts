// A lease that this process holds: renewed while it builds and publishes, and ended with how that went. Once another
// machine wrote it, it is never written again.
import type { CacheContext } from '../artifacts/blobs.ts';
import { isRemoteError } from '../errors.ts';
import type { Clock, RemoteStore } from '../ports.ts';
import { type LeaseState, replaceLease } from './lease.ts';

/** How long the last write of a lease may take, and how long it waits for a renewal under way. */
const endMs = 1000;

/** What a lease needs to be kept. */
export interface LeaseContext extends CacheContext {
  readonly clock: Clock;
  readonly times: { readonly renewMs: number };
  /** Carries the renewals: they run beside the work, which waits for none of them. */
  readonly renewedBy: RemoteStore;
}

export class HeldLease {
  readonly #context: LeaseContext;
  readonly #key: string;
  readonly #stop = new AbortController();
  readonly #renewing: Promise<void>;
  #lease: LeaseState;
  #etag: string | undefined;

  constructor(context: LeaseContext, key: string, lease: LeaseState, etag: string) {
    this.#context = context;
    this.#key = key;
    this.#lease = lease;
    this.#etag = etag;
    this.#renewing = this.#renew(context.times.renewMs);
  }

  /** Whether another machine took the lease over. */
  get isLost(): boolean {
    return this.#etag === undefined;
  }

  /**
   * Stops the renewals and writes how the build ended, in a second or never: a lease that is not ended expires. Nothing is
   * sent to a remote that is off. A failure of the remote is none of the build.
   */
  async end(state: 'done' | 'failed' | 'abandoned', code?: string): Promise<void> {
    const { remote, breaker } = this.#context;
    this.#stop.abort();
    const isKnown = breaker.allows('write') && (await this.#within(this.#renewing)) !== 'late';
    // A renewal that is still under way may or may not be written, so no version is known that could be replaced.
    if (!isKnown) this.#etag = undefined;
    if (this.#etag === undefined) return;
    const etag = this.#etag;
    this.#etag = undefined;
    const { holder, gen, n } = this.#lease;
    const ended: LeaseState = { holder, gen, n: n + 1, state, ...(code === undefined ? {} : { code }) };
    const giveUp = new AbortController();
    try {
      const written = replaceLease(remote, this.#key, ended, etag, giveUp.signal);
      if ((await this.#within(written)) !== 'late') return;
      giveUp.abort(new Error('the lease was left to expire'));
      void written.catch(() => undefined);
    } catch (error) {
      if (!isRemoteError(error)) throw error;
    }
  }

  /** What `work` gives, or `late` where it takes longer than the end of a lease may. */
  async #within<T>(work: Promise<T>): Promise<T | 'late'> {
    const isOver = new AbortController();
    const late = this.#context.clock.sleep(endMs, isOver.signal).then(
      () => 'late' as const,
      () => 'late' as const,
    );
    try {
      return await Promise.race([work, late]);
    } finally {
      isOver.abort();
    }
  }

  async #renew(renewMs: number): Promise<void> {
    const { signal } = this.#stop;
    while (this.#etag !== undefined) {
      try {
        await this.#context.clock.sleep(renewMs, signal);
      } catch {
        return;
      }
      const next = { ...this.#lease, n: this.#lease.n + 1 };
      try {
        const written = await replaceLease(this.#context.renewedBy, this.#key, next, this.#etag, undefined);
        // The end did not wait for this renewal, and gave the lease up.
        if (this.#etag === undefined) return;
        this.#etag = written;
        this.#lease = next;
      } catch {
        // It may have been written or not. The next renewal finds out; a waiter takes over where none comes.
      }
    }
  }
}
