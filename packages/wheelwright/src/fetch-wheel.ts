// A wheel from an index or a link page into the store: nothing where it is there already, else one verified download.
import type { IndexClient, IndexFile } from '@wheelwright/index-client';
import type { StoredWheel } from '@wheelwright/store';
import type { Tool } from './tool.ts';

/** The stored wheel for a file of an index, downloaded once where the store lacks it. */
export async function fetchWheel(tool: Tool, file: IndexFile, index: IndexClient): Promise<StoredWheel> {
  const store = await tool.store();
  const sha256 = file.hashes.sha256;
  const known = sha256 === undefined ? undefined : store.findWheel(sha256);
  if (known !== undefined) return known;
  const started = Date.now();
  return store.addDownload({ filename: file.filename, sha256 }, async (targetPath) => {
    tool.onEvent({ event: 'downloading', filename: file.filename, size: file.size });
    const { size } = await index.download(file, targetPath, { signal: tool.signal });
    tool.onEvent({ event: 'downloaded', filename: file.filename, size, ms: Date.now() - started });
  });
}

/** Maps with at most `limit` running at once; the first failure is thrown after the running ones have ended. */
export async function mapConcurrently<Item, Result>(
  items: readonly Item[],
  limit: number,
  run: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = new Array(items.length);
  let next = 0;
  let failure: { readonly error: unknown } | undefined;
  const worker = async () => {
    while (next < items.length && failure === undefined) {
      const at = next++;
      try {
        results[at] = await run(items[at] as Item);
      } catch (error) {
        failure ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  if (failure !== undefined) throw failure.error;
  return results;
}
