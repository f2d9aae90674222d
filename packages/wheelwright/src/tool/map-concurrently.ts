// Runs many asynchronous calls at once; the first failure fails all of them.
import { setMaxListeners } from 'node:events';

/**
 * Maps items with at most `limit` calls at once. A call that says `makeRoom` does not count any more, and another begins.
 * The first failure aborts the signal of the other calls, and is thrown after these have ended.
 */
export async function mapConcurrently<Item, Result>(
  items: readonly Item[],
  { limit, signal: outer }: { readonly limit: number; readonly signal?: AbortSignal | undefined },
  run: (item: Item, signal: AbortSignal, makeRoom: () => void) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = new Array(items.length);
  const ending = new AbortController();
  const signal = outer === undefined ? ending.signal : AbortSignal.any([outer, ending.signal]);
  setMaxListeners(0, signal);
  let next = 0;
  let failure: { readonly error: unknown } | undefined;
  const successors: Promise<void>[] = [];
  /** Runs one item; true: another was begun in its place. */
  const runOne = async (at: number): Promise<boolean> => {
    let [isRunning, isReplaced] = [true, false];
    const makeRoom = () => {
      if (!isRunning || isReplaced) return;
      isReplaced = true;
      successors.push(worker());
    };
    try {
      results[at] = await run(items[at] as Item, signal, makeRoom);
    } catch (error) {
      failure ??= { error };
      ending.abort(error);
    }
    isRunning = false;
    return isReplaced;
  };
  const worker = async () => {
    while (next < items.length && failure === undefined) {
      if (await runOne(next++)) return;
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  while (successors.length > 0) await Promise.all(successors.splice(0));
  if (failure !== undefined) throw failure.error;
  return results;
}
