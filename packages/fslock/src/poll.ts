// Waits by trying repeatedly for about 100 ms. Most locks are held so briefly that starting a child process to wait would
// take longer. Nothing is held between two tries, so the wait can end at any of them.
import { setTimeout as pause } from 'node:timers/promises';

/** Whether other processes try the same: with `'others'` the first pauses are long; `'alone'` all are short. */
export type Company = 'alone' | 'others';

/** After this many tries the lock is held for longer, and a waiting child process is cheaper. */
const tries = { alone: 100, others: 25 } as const;
const shortestPauseMs = 1;
const longestPauseMs = { alone: 1, others: 8 } as const;

/**
 * Whether `attempt` succeeded within about 100 ms; rejects once `signal` is aborted. Counts attempts, not time: on a busy
 * machine pauses last longer, and a child process costs more.
 */
export async function poll(attempt: () => boolean, company: Company, signal: AbortSignal): Promise<boolean> {
  for (let left: number = tries[company]; ; left--) {
    if (signal.aborted) throw signal.reason;
    if (attempt()) return true;
    if (left === 0) return false;
    // Pauses shrink as we wait, which favours the longest waiter; random, because processes often arrive together.
    const pauseMs = shortestPauseMs + (longestPauseMs[company] - shortestPauseMs) * (left / tries[company]);
    await pause(pauseMs * (0.5 + Math.random()), undefined, { signal });
  }
}
