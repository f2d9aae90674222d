// Which answers are worth another try, and when. A request that got no answer in time is not repeated: it has cost seconds
// already, and the work goes on without the remote.
import { isRemoteError, type RemoteError } from '../errors.ts';
import type { Clock } from '../ports.ts';

/** Thrown inside an attempt: the same request may succeed later. */
export class Retriable extends Error {
  readonly error: RemoteError;
  readonly afterMs: number | undefined;

  constructor(error: RemoteError, afterMs?: number) {
    super(error.message);
    this.error = error;
    this.afterMs = afterMs;
  }
}

const tries = 3;
const firstPauseMs = 100;
const longestPauseMs = 5000;

/** Runs `attempt` up to three times, with a random pause that doubles, or the one that the engine asks for. */
export async function withRetries<T>(
  attempt: (n: number) => Promise<T>,
  clock: Clock,
  signal?: AbortSignal,
  random: () => number = Math.random,
): Promise<T> {
  for (let n = 0; ; n += 1) {
    try {
      return await attempt(n);
    } catch (error) {
      const retriable = error instanceof Retriable;
      if (!retriable && !isRemoteError(error, 'REMOTE_UNREACHABLE')) throw error;
      const failure = retriable ? error.error : error;
      if (n + 1 >= tries) throw failure;
      const asked = retriable ? error.afterMs : undefined;
      if (asked !== undefined && asked > longestPauseMs) throw failure;
      await clock.sleep(asked ?? random() * firstPauseMs * 2 ** n, signal);
    }
  }
}

/** The pause of a Retry-After header in ms: seconds, or a date against the Date of the same answer. */
export function readRetryAfter(value: string | undefined, date: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d{1,6}$/.test(value)) return Number(value) * 1000;
  const wait = Date.parse(value) - Date.parse(date ?? '');
  return Number.isFinite(wait) ? Math.max(0, wait) : undefined;
}
