// Waiting for a moment by trying again and again, for what is held so shortly that a child process would take longer to
// start. Nothing is held between two tries, so this wait ends where it stands.
import { setTimeout as pause } from 'node:timers/promises';

/** Who else tries the same: `'others'` take turns by looking seldom at first; one alone may look often at once. */
export type Company = 'alone' | 'others';

/** After so many it is someone who holds it for longer, and a child process waits better. */
const tries = { alone: 100, others: 25 } as const;
const shortestPauseMs = 1;
const longestPauseMs = { alone: 1, others: 8 } as const;

/**
 * Whether `attempt` succeeded within about 100 ms; rejects once `signal` is aborted. It is the tries that are counted: on
 * a busy machine pauses last longer, and a child process costs more.
 */
export async function poll(attempt: () => boolean, company: Company, signal: AbortSignal): Promise<boolean> {
  for (let left: number = tries[company]; ; left--) {
    if (signal.aborted) throw signal.reason;
    if (attempt()) return true;
    if (left === 0) return false;
    // Shorter with time, so that who came first is likelier to be next; at random, for some come together.
    const pauseMs = shortestPauseMs + (longestPauseMs[company] - shortestPauseMs) * (left / tries[company]);
    await pause(pauseMs * (0.5 + Math.random()), undefined, { signal });
  }
}
