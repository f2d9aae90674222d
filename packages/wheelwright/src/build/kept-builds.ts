// Where the builds of the tool are kept, and how they go.
import path from 'node:path';
import type { DirectoryCache } from '@wheelwright/pep517';
import type { Store } from '@wheelwright/store';

/** The builds that are kept in the store. A cache for many machines is put around this one. */
export async function openKeptBuilds({ buildsDir }: Store): Promise<DirectoryCache> {
  const { createDirectoryCache } = await import('@wheelwright/pep517');
  return createDirectoryCache({ dir: path.join(buildsDir, 'kept') });
}

/** Removes builds that were not used for so long; gives names for a report. */
export async function pruneKeptBuilds(store: Store, unusedForMs: number): Promise<readonly string[]> {
  const removed = await (await openKeptBuilds(store)).prune({ unusedForMs });
  return removed === 0 ? [] : [`builds/kept (${removed})`];
}
