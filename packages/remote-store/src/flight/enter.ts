// Who builds a key: this machine, with a lease that it holds, or none, because another has built it or takes too long. The
// numbers are those of docs/protocols/remote.md.
import { isRemoteError } from '../errors.ts';
import { HeldLease, type LeaseContext } from './held-lease.ts';
import { createLease, type LeaseState, newHolder, readLease, replaceLease } from './lease.ts';

/** How the machines wait for each other, in ms. */
export interface FlightTimes {
  /** Between two renewals of a lease. */
  readonly renewMs: number;
  /** A lease that did not change for so long has no living holder. */
  readonly ttlMs: number;
  /** The shortest and the longest pause between two looks at a lease; the first is at least half the shortest. */
  readonly pollMs: readonly [shortest: number, longest: number];
  /** The longest wait for another machine, in ms. */
  readonly waitMs: number;
}

/** What holds where the caller sets nothing. */
export const defaultFlightTimes: FlightTimes = {
  renewMs: 10_000,
  ttlMs: 45_000,
  pollMs: [1000, 5000],
  waitMs: 600_000,
};

/** The code of a build that gave nothing that can be shared: for as long as its lease lives no machine waits for another. */
export const notKept = 'NOT_KEPT';

export interface EnterContext extends LeaseContext {
  readonly times: FlightTimes;
  readonly random: () => number;
}

export interface EnterRequest<Found> {
  /** Looks for what another machine built; undefined where there is nothing that this one can use. */
  readonly come: () => Promise<Found | undefined>;
  readonly signal?: AbortSignal | undefined;
}

/** Steps 3, 7, 8 and 9: returns a lease of our own, the artifact of another machine, or that there is nothing to wait for. */
export async function enter<Found>(
  context: EnterContext,
  key: string,
  request: EnterRequest<Found>,
): Promise<HeldLease | { readonly found: Found } | 'local'> {
  const { remote, breaker } = context;
  const { signal } = request;
  const own: LeaseState = { holder: newHolder(), gen: 0, n: 0, state: 'building' };
  const wait = new Wait(context, key);
  try {
    for (;;) {
      // 3. Ask to build.           crash here: a lease that is never renewed, which 8 takes over.
      const etag = await createLease(remote, key, own, signal);
      const entered = etag === undefined ? await wait.until(own, request) : new HeldLease(context, key, own, etag);
      if (entered === 'absent') continue;
      if (!(entered instanceof HeldLease)) return entered;
      return await lookAgain(request, entered);
    }
  } catch (error) {
    if (!isRemoteError(error)) throw error;
    // A machine that may not write can read all the same.
    breaker.count(error, error.code === 'REMOTE_DENIED' ? 'write' : 'read');
    return 'local';
  } finally {
    wait.end();
  }
}

/** 4. The record may have come between 1 and 3: then the lease ends before anything is built. */
async function lookAgain<Found>(
  { come }: EnterRequest<Found>,
  lease: HeldLease,
): Promise<HeldLease | { readonly found: Found }> {
  try {
    const found = await come();
    if (found === undefined) return lease;
    await lease.end('done');
    return { found };
  } catch (error) {
    await lease.end('abandoned');
    throw error;
  }
}

/** A wait for the machine that holds the lease of a key. */
class Wait {
  readonly #context: EnterContext;
  readonly #key: string;
  readonly #startedMs: number;
  #told = false;

  constructor(context: EnterContext, key: string) {
    this.#context = context;
    this.#key = key;
    this.#startedMs = context.clock.now();
  }

  /** 7. to 9.: looks at the lease until it ends, falls silent, or the wait has been long enough. */
  async until<Found>(
    own: LeaseState,
    request: EnterRequest<Found>,
  ): Promise<HeldLease | { readonly found: Found } | 'local' | 'absent'> {
    const { remote, clock, times, random } = this.#context;
    const { signal } = request;
    let seen: { etag: string; lease: LeaseState | 'unreadable' } | undefined;
    let changedMs = clock.now();
    for (let looks = 0; ; looks += 1) {
      const found = await readLease(remote, this.#key, seen?.etag, signal);
      if (found === 'absent') return 'absent';
      if (found !== 'same') {
        changedMs = clock.now();
        seen = found;
        const ended = await this.#ended(found.lease, looks === 0, request);
        if (ended !== undefined && ended !== 'take') return ended;
        if (ended === 'take') changedMs = Number.NEGATIVE_INFINITY;
      }
      const { etag, lease } = seen!;
      // 8. Silent for too long, by our own clock.
      if (clock.now() - changedMs >= times.ttlMs) {
        const taken = await this.#take(own, lease, etag, signal);
        if (taken !== undefined) return taken;
        seen = undefined;
        changedMs = clock.now();
        continue;
      }
      // 9. Waited for long enough.
      if (clock.now() - this.#startedMs >= times.waitMs) return 'local';
      this.#tell(lease);
      const [shortest, longest] = times.pollMs;
      // Pauses grow, so that a remote that falls silent early in a wait is noticed early.
      const high = Math.min(longest, shortest * 2 ** looks);
      const low = Math.min(shortest, high / 2);
      await clock.sleep(low + random() * (high - low), signal);
    }
  }

  end(): void {
    if (this.#told) this.#context.stats.waitedMs += this.#context.clock.now() - this.#startedMs;
  }

  /** What a lease that is no longer `building` leads to; `take`: it may be taken over at once. */
  async #ended<Found>(
    lease: LeaseState | 'unreadable',
    isFirstLook: boolean,
    { come }: EnterRequest<Found>,
  ): Promise<{ readonly found: Found } | 'local' | 'take' | undefined> {
    // What no version of this program wrote has no living holder.
    if (lease === 'unreadable' || lease.state === 'abandoned') return 'take';
    if (lease.state === 'building') return undefined;
    // It failed while we waited: each sees its own error. What failed before we came is tried again, by one of us.
    if (lease.state === 'failed') return isFirstLook && lease.code !== notKept ? 'take' : 'local';
    // It is done; where its record is gone, expired or not for us, the key is built again.
    const found = await come();
    return found === undefined ? 'take' : { found };
  }

  async #take(
    own: LeaseState,
    lease: LeaseState | 'unreadable',
    etag: string,
    signal: AbortSignal | undefined,
  ): Promise<HeldLease | undefined> {
    const { remote, stats, onEvent } = this.#context;
    const next = { ...own, gen: lease === 'unreadable' ? 1 : lease.gen + 1 };
    const taken = await replaceLease(remote, this.#key, next, etag, signal);
    if (taken === undefined) return undefined;
    if (lease !== 'unreadable' && lease.state === 'building') {
      stats.takeovers += 1;
      onEvent({ type: 'remote-takeover', key: this.#key, holder: lease.holder });
    }
    return new HeldLease(this.#context, this.#key, next, taken);
  }

  #tell(lease: LeaseState | 'unreadable'): void {
    if (this.#told || lease === 'unreadable') return;
    this.#told = true;
    this.#context.stats.waits += 1;
    this.#context.onEvent({ type: 'remote-waiting', key: this.#key, holder: lease.holder });
  }
}
