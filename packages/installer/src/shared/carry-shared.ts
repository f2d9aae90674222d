// What comes along into the next shared generation: the content of the present one, or of an environment that shares
// nothing yet, without what belongs to the environment itself.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { directoriesOf } from '../layout/directories.ts';
import type { InstalledState } from '../model/types.ts';
import { type Carried, type CarryRules, carryPrefix } from '../read/carry.ts';
import { sharedOwnFiles } from '../read/shared-manifest.ts';

/** The directory that the content comes from: the shared generation, or the prefix of an environment without one. */
export function sourceOf({ shared, prefixDir }: InstalledState): string {
  return shared?.dir ?? prefixDir;
}

/** What comes along from there; nothing where the shared generation is gone. */
export function carryShared(state: InstalledState, rules: Omit<CarryRules, 'roots'>): Carried {
  const { layout, shared } = state;
  if (!existsSync(sourceOf(state))) return { seen: [], directories: [], files: [], links: [] };
  const roots = directoriesOf([`${layout.sitePackages}/x`]);
  const all = carryPrefix(sourceOf(state), { ...rules, roots });
  const isOwn = (directory: string) =>
    shared?.dir === undefined && (directory === layout.scripts || directory.startsWith(`${layout.scripts}/`));
  const topFiles = (names: readonly string[]) =>
    names.filter((name) => shared?.dir !== undefined && !sharedOwnFiles.has(name));
  return {
    seen: [],
    directories: all.directories.filter((directory) => !isOwn(directory)),
    files: all.files
      .filter(({ directory }) => !isOwn(directory))
      .map(({ directory, names }) => ({ directory, names: directory === '' ? topFiles(names) : names })),
    links: all.links.filter(({ path: link }) => link.includes('/') && !isOwn(path.posix.dirname(link))),
  };
}
