// Uploads beside the work: a few at a time, in order, and never waited for longer than the end of a command allows.
import { isRemoteError } from '../errors.ts';

/** What is written is at most so much beyond the work that is under way. */
const mostQueued = 512;

export class Uploads {
  readonly #places: number;
  readonly #onFailure: (error: unknown) => void;
  readonly #waiting: (() => Promise<void>)[] = [];
  readonly #running = new Set<Promise<void>>();
  readonly #abort = new AbortController();
  #closed = false;

  constructor(places: number, onFailure: (error: unknown) => void) {
    this.#places = places;
    this.#onFailure = onFailure;
  }

  /** Ends when the uploads are given up. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Whether another may be added. */
  get hasRoom(): boolean {
    return !this.#closed && this.#waiting.length < mostQueued;
  }

  /** Runs `upload` when there is a place. `upload` is called in any case, with an ended signal where there was none. */
  add(upload: (signal: AbortSignal) => Promise<void>): void {
    this.#waiting.push(() => upload(this.#abort.signal));
    this.#next();
  }

  /** Resolves when none is under way. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  /** Waits for all of them for `waitMs` at most, then gives the rest up. True: nothing was given up. */
  async close(waitMs: number): Promise<boolean> {
    const isDone = await this.#settled(waitMs);
    this.#closed = true;
    if (isDone) return true;
    this.#abort.abort(new Error('the uploads were given up'));
    // What remains notices the signal at once, and lets go of its files.
    await this.#settled(1000);
    return false;
  }

  /** Resolves when nothing is under way; false where that takes longer than `waitMs`. */
  async #settled(waitMs: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<false>((resolve) => {
      timer = setTimeout(() => resolve(false), waitMs);
    });
    const isDone = await Promise.race([this.idle().then(() => true), late]);
    clearTimeout(timer);
    return isDone;
  }

  #next(): void {
    while (this.#running.size < this.#places) {
      const upload = this.#waiting.shift();
      if (upload === undefined) return;
      const running = upload()
        .catch((error: unknown) => {
          if (!isRemoteError(error) && !this.#abort.signal.aborted) this.#onFailure(error);
        })
        .finally(() => {
          this.#running.delete(running);
          this.#next();
        });
      this.#running.add(running);
    }
  }
}
