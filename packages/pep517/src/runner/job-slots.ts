// How many hooks run at once. A slot covers a running hook only: never a wait for a lock, a download or a copy.

/** Hands out a fixed number of slots, first come first served. */
export interface JobSlots {
  /** Runs `work` when a slot is free and gives its outcome; rejects with the signal's reason while it waits. */
  run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T>;
}

/** `count` slots, one at least. */
export function createJobSlots(count: number): JobSlots {
  let free = Math.max(1, Math.floor(count));
  const queue: (() => void)[] = [];
  return {
    async run(work, signal) {
      if (free > 0) free -= 1;
      else await waitForTurn(queue, signal);
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
