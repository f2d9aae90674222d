// Runs many asynchronous calls at once; the first failure fails all of them.
import { setMaxListeners } from 'node:events';

/**
 * Maps items with at most `limit` calls at once. The first failure aborts the signal of the other calls, and is thrown
 * after these have ended.
 */
export async function mapConcurrently<Item, Result>(
  items: readonly Item[],
  { limit, signal: outer }: { readonly limit: number; readonly signal?: AbortSignal | undefined },
  run: (item: Item, signal: AbortSignal) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = new Array(items.length);
  const ending = new AbortController();
  const signal = outer === undefined ? ending.signal : AbortSignal.any([outer, ending.signal]);
  setMaxListeners(0, signal);
  let next = 0;
  let failure: { readonly error: unknown } | undefined;
  const worker = async () => {
    while (next < items.length && failure === undefined) {
      const at = next++;
      try {
        results[at] = await run(items[at] as Item, signal);
      } catch (error) {
        failure ??= { error };
        ending.abort(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  if (failure !== undefined) throw failure.error;
  return results;
}
