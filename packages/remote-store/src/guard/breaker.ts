// Whether the remote is used at the moment. Three failures in a row switch it off for a minute, a second time for the rest
// of the run; a refusal or a mistake in the settings at once and for good. So does a command that waited five seconds in
// all for calls that failed: the budget is one for every use of the remote. Each kind of switching off is reported once.
import { isRemoteError, type RemoteError } from '../errors.ts';
import type { RemoteEvent } from '../events.ts';
import type { Clock } from '../ports.ts';

const failuresToOff = 3;
const offMs = 60_000;
/** How long a command waits for a remote that gives nothing, all its failed calls taken together. */
const budgetMs = 5000;

export class Breaker {
  readonly #name: string;
  readonly #clock: Clock;
  readonly #onEvent: (event: RemoteEvent) => void;
  #failures = 0;
  #offUntil = Number.NEGATIVE_INFINITY;
  #timesOff = 0;
  #writesOff = false;
  #lostMs = 0;
  #lostUntil = Number.NEGATIVE_INFINITY;
  readonly #told = new Set<string>();
  #hasAnswered = false;

  constructor(name: string, clock: Clock, onEvent: (event: RemoteEvent) => void) {
    this.#name = name;
    this.#clock = clock;
    this.#onEvent = onEvent;
  }

  /** Whether reads, or writes, may be tried now. */
  allows(what: 'read' | 'write'): boolean {
    if (what === 'write' && this.#writesOff) return false;
    return this.#clock.now() >= this.#offUntil;
  }

  /** Whether any call succeeded so far. */
  get hasAnswered(): boolean {
    return this.#hasAnswered;
  }

  /**
   * Runs `call` where the remote may be used. Undefined: it may not, or it failed, which was counted and told. What is not
   * a failure of the remote passes.
   */
  async run<T>(what: 'read' | 'write', call: () => Promise<T>): Promise<T | undefined> {
    if (!this.allows(what)) return undefined;
    const sinceMs = this.#clock.now();
    try {
      const result = await call();
      this.#failures = 0;
      this.#hasAnswered = true;
      return result;
    } catch (error) {
      if (!isRemoteError(error)) throw error;
      this.count(error, what);
      this.lose(sinceMs, error);
      return undefined;
    }
  }

  /**
   * Counts a failure that another place caught. Silence up to its deadline counts as three, since it has cost seconds; a
   * caller that gave up earlier says how much it counts.
   */
  count(error: RemoteError, what: 'read' | 'write', weight = error.code === 'REMOTE_SLOW' ? failuresToOff : 1): void {
    // An object that is wrong says nothing about the engine.
    if (error.code === 'REMOTE_ALTERED') return;
    if (error.code === 'REMOTE_FULL' || (error.code === 'REMOTE_DENIED' && what === 'write')) {
      this.#writesOff = true;
      this.#tell('writes', error);
      return;
    }
    this.#failures += weight;
    const isFinal = error.code === 'REMOTE_DENIED' || error.code === 'REMOTE_MISCONFIGURED';
    if (!isFinal && this.#failures < failuresToOff) return;
    if (this.#clock.now() < this.#offUntil && !isFinal) return;
    this.#timesOff += 1;
    // One more failure after the pause is enough to switch it off again.
    this.#failures = failuresToOff - 1;
    this.#offUntil = isFinal || this.#timesOff > 1 ? Number.POSITIVE_INFINITY : this.#clock.now() + offMs;
    this.#tell('all', error);
  }

  /**
   * Takes the time from `sinceMs` until now, in which a call failed, out of the budget; time that calls lost together
   * counts once. An empty budget switches the remote off for the run.
   */
  lose(sinceMs: number, error: RemoteError): void {
    if (error.code === 'REMOTE_ALTERED') return;
    const now = this.#clock.now();
    this.#lostMs += Math.max(0, now - Math.max(sinceMs, this.#lostUntil));
    this.#lostUntil = now;
    if (this.#lostMs < budgetMs) return;
    this.#offUntil = Number.POSITIVE_INFINITY;
    this.#tell('all', error);
  }

  #tell(what: 'all' | 'writes', { code, message, hint }: RemoteError): void {
    if (this.#told.has(what)) return;
    this.#told.add(what);
    this.#onEvent({ type: 'remote-off', remote: this.#name, what, code, message, hint });
  }
}
