// Opens and prunes the build cache of the tool.
import path from 'node:path';
import type { BuildCache, DirectoryCache } from '@wheelwright/pep517';
import type { Store } from '@wheelwright/store';
import type { Tool } from '../tool/tool.ts';

/** The build cache: that of the store and, if a remote is configured, that of the remote behind it. */
export async function openBuildCache(
  tool: Tool,
  { kind, publishesKept }: { readonly kind?: string | undefined; readonly publishesKept?: boolean | undefined },
): Promise<BuildCache> {
  const local = await openKeptBuilds(await tool.store());
  const { remote: settings } = tool.settings;
  // An editable wheel contains a path of this machine, so it is not shared.
  if (settings === undefined || kind === 'editable') return local;
  const remote = await tool.remote();
  if (remote === undefined) return local;
  const { shareBuilds } = await import('./share-builds.ts');
  return shareBuilds(local, remote, { ...settings, publishesKept });
}

/** The build cache in the store. */
export async function openKeptBuilds({ buildsDir }: Store): Promise<DirectoryCache> {
  const { createDirectoryCache } = await import('@wheelwright/pep517');
  return createDirectoryCache({ dir: path.join(buildsDir, 'kept') });
}

/** Removes builds that were not used for `unusedForMs`, and returns their names for a report. */
export async function pruneKeptBuilds(store: Store, unusedForMs: number): Promise<readonly string[]> {
  const removed = await (await openKeptBuilds(store)).prune({ unusedForMs });
  return removed === 0 ? [] : [`builds/kept (${removed})`];
}
