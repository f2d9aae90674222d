// Limits how many hooks run at once. A slot covers only a running hook, not a wait for a lock, a download or a copy.

/** Grants a fixed number of slots in the order of the requests. */
export interface JobSlots {
  /**
   * Runs `work` when a slot is free and returns its result. Calls `onWait` if none is. An abort during the wait rejects
   * with the signal's reason.
   */
  run<T>(work: () => Promise<T>, options?: SlotOptions): Promise<T>;
}

/** Options of one request. */
export interface SlotOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onWait?: (() => void) | undefined;
}

/** Makes `count` slots, at least one. */
export function createJobSlots(count: number): JobSlots {
  let free = Math.max(1, Math.floor(count));
  const queue: (() => void)[] = [];
  return {
    async run(work, { signal, onWait } = {}) {
      if (free > 0) free -= 1;
      else {
        onWait?.();
        await waitForTurn(queue, signal);
      }
      try {
        signal?.throwIfAborted();
        return await work();
      } finally {
        const next = queue.shift();
        if (next === undefined) free += 1;
        else next();
      }
    },
  };
}

function waitForTurn(queue: (() => void)[], signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const turn = () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    };
    const onAbort = () => {
      const place = queue.indexOf(turn);
      if (place !== -1) queue.splice(place, 1);
      reject(signal?.reason);
    };
    if (signal?.aborted) return reject(signal.reason);
    queue.push(turn);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
