// Time that passes when nothing else happens: a second of a thousand machines takes as long as what they do in it.
import type { Clock } from '../src/index.ts';

interface Timer {
  readonly at: number;
  readonly order: number;
  wake: (() => void) | undefined;
}

export class VirtualTime {
  now = 0;
  /** A heap: the next to wake is first. */
  readonly #timers: Timer[] = [];
  #made = 0;

  /** Resolves at `at`, or never where it is dropped. */
  sleepUntil(at: number, wake: () => void): Timer {
    this.#made += 1;
    const timer: Timer = { at: Math.max(at, this.now), order: this.#made, wake };
    this.#timers.push(timer);
    this.#rise(this.#timers.length - 1);
    return timer;
  }

  /** A clock of this time. Pauses of a machine that died never end. */
  clock(isDead: () => boolean = () => false): Clock {
    return {
      now: () => this.now,
      sleep: (ms, signal) =>
        new Promise((resolve, reject) => {
          if (signal?.aborted === true) return reject(signal.reason);
          const abort = () => {
            timer.wake = undefined;
            reject(signal?.reason);
          };
          const timer = this.sleepUntil(this.now + ms, () => {
            signal?.removeEventListener('abort', abort);
            if (!isDead()) resolve();
          });
          signal?.addEventListener('abort', abort, { once: true });
        }),
    };
  }

  /** Runs until `work` has ended. */
  async run<T>(work: Promise<T>): Promise<T> {
    let isOver = false;
    const ended = work.finally(() => {
      isOver = true;
    });
    ended.catch(() => undefined);
    while (!isOver) {
      await settle();
      if (!isOver && !this.#step()) throw new Error('bug: nothing happens any more');
    }
    return ended;
  }

  /** Wakes all that sleep until the next moment. False: there are none. */
  #step(): boolean {
    const first = this.#take();
    if (first === undefined) return false;
    this.now = first.at;
    first.wake?.();
    while (this.#timers[0]?.at === this.now) this.#take()?.wake?.();
    return true;
  }

  #take(): Timer | undefined {
    const first = this.#timers[0];
    const last = this.#timers.pop();
    if (first === undefined || last === undefined || first === last) return first;
    this.#timers[0] = last;
    this.#sink();
    return first;
  }

  #rise(at: number): void {
    const timers = this.#timers;
    for (let n = at; n > 0; ) {
      const parent = (n - 1) >> 1;
      if (!isBefore(timers[n]!, timers[parent]!)) return;
      [timers[n], timers[parent]] = [timers[parent]!, timers[n]!];
      n = parent;
    }
  }

  #sink(): void {
    const timers = this.#timers;
    for (let n = 0; ; ) {
      const [left, right] = [2 * n + 1, 2 * n + 2];
      let least = n;
      if (left < timers.length && isBefore(timers[left]!, timers[least]!)) least = left;
      if (right < timers.length && isBefore(timers[right]!, timers[least]!)) least = right;
      if (least === n) return;
      [timers[n], timers[least]] = [timers[least]!, timers[n]!];
      n = least;
    }
  }
}

function isBefore(one: Timer, other: Timer): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}

/** Until all has happened that is possible without time passing, reads and writes of files included. */
async function settle(): Promise<void> {
  const isBusy = () => process.getActiveResourcesInfo().some((name) => /^FSReq|^FileHandle|CloseReq$/.test(name));
  for (let quiet = 0; quiet < 2; quiet += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    if (isBusy()) quiet = -1;
  }
}
