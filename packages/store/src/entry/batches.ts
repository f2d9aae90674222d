// Finishes together what becomes ready one by one. Ready items wait while more are on their way; while some are being
// finished, the next gather.

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (reason: unknown) => void;
}

/** An item waits for at most so many others. */
const most = 16;

export class Batches<Item, Result> {
  readonly #finish: (items: readonly Item[]) => Promise<readonly Result[]>;
  #waiting: Waiting<Item, Result>[] = [];
  #expected = 0;
  #running = false;

  /** `finish` gives a result for each item, or fails for all of them. */
  constructor(finish: (items: readonly Item[]) => Promise<readonly Result[]>) {
    this.#finish = finish;
  }

  /** Says that another is being made ready, until the function that is returned is called. */
  expect(): () => void {
    this.#expected += 1;
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#expected -= 1;
      void this.#next();
    };
  }

  /** Resolves when `item` has been finished, with others or alone. */
  add(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      void this.#next();
    });
  }

  async #next(): Promise<void> {
    if (this.#running || this.#waiting.length === 0) return;
    if (this.#expected > 0 && this.#waiting.length < most) return;
    this.#running = true;
    const batch = this.#waiting.splice(0);
    try {
      const results = await this.#finish(batch.map(({ item }) => item));
      for (const [at, { resolve }] of batch.entries()) resolve(results[at]!);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
    this.#running = false;
    void this.#next();
  }
}
