// Where the builds of the tool are kept, and how they go.
import path from 'node:path';
import type { BuildCache, DirectoryCache } from '@wheelwright/pep517';
import type { Store } from '@wheelwright/store';
import type { Tool } from '../tool/tool.ts';

/** Kept builds as a build uses them: those of the store, and where a remote is named its builds behind them. */
export async function openBuildCache(tool: Tool, kind: string | undefined): Promise<BuildCache> {
  const local = await openKeptBuilds(await tool.store());
  const { remote: settings } = tool.settings;
  // An editable wheel names a directory of this machine.
  if (settings === undefined || kind === 'editable') return local;
  const remote = await tool.remote();
  if (remote === undefined) return local;
  const { shareBuilds } = await import('./share-builds.ts');
  return shareBuilds(local, remote, settings);
}

/** The builds that are kept in the store. */
export async function openKeptBuilds({ buildsDir }: Store): Promise<DirectoryCache> {
  const { createDirectoryCache } = await import('@wheelwright/pep517');
  return createDirectoryCache({ dir: path.join(buildsDir, 'kept') });
}

/** Removes builds that were not used for so long; gives names for a report. */
export async function pruneKeptBuilds(store: Store, unusedForMs: number): Promise<readonly string[]> {
  const removed = await (await openKeptBuilds(store)).prune({ unusedForMs });
  return removed === 0 ? [] : [`builds/kept (${removed})`];
}
