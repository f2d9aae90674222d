// Carries `bin` of the present generation into the next one, and syncs small generations.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { type Durability, type Fs, linkTree, readText, syncDirectory, syncTree } from '@wheelwright/atomic-fs';
import { environmentPaths, parseScriptsMap, scriptsMapName } from '@wheelwright/python';
import type { InstalledState } from '../model/types.ts';
import { type Carried, carryPrefix } from '../read/carry.ts';
import { readManifest } from '../read/shared-manifest.ts';

/** How a generation is synced. */
export interface SyncStagedOptions {
  readonly fs: Fs;
  readonly durability: Durability;
  /** The generation holds many files, so the whole file system is synced at once. */
  readonly whole?: boolean | undefined;
}

/** Syncs the staged generation at `dir`, and the directories that name it and `topLinks`. */
export function syncStaged(
  { environmentDir, prefixDir }: InstalledState,
  dir: string,
  topLinks: readonly string[],
  { fs, durability, whole = false }: SyncStagedOptions,
): void {
  if (durability === 'none') return;
  // A few files are synced one by one: syncfs would wait for everything that the machine writes.
  syncTree(dir, { fs: whole ? fs : { ...fs, syncFileSystem: () => false } });
  syncDirectory(environmentPaths(environmentDir).generations, { fs });
  // The present generation's mark: without it recovery would remove that generation once it is superseded.
  syncDirectory(prefixDir, { fs });
  if (topLinks.length > 0) syncDirectory(environmentDir, { fs });
}

/** What of `bin` is carried, and where to. */
export interface CarryBinOptions {
  /** The next generation, absolute. */
  readonly targetDir: string;
  readonly fs: Fs;
  /** Names in `bin` that the next generation gets as new files. */
  readonly replaced?: Iterable<string> | undefined;
  /** Files that do not come along, relative to the prefix. */
  readonly leaving?: Iterable<string> | undefined;
  /** Also carry the stubs of scripts, which are otherwise made again. */
  readonly stubs?: boolean | undefined;
}

/** Links `bin` of the present generation into the next one, without the links to programs of the shared generation. */
export function carryBin(state: InstalledState, options: CarryBinOptions): Carried {
  const { prefixDir, layout, shared } = state;
  const { targetDir, fs, replaced = [], leaving = [], stubs = false } = options;
  const map = readText(path.join(prefixDir, layout.sitePackages, scriptsMapName)) ?? '';
  const programs = shared?.dir === undefined ? [] : (readManifest(shared.dir)?.programs ?? []);
  const old = stubs ? [] : parseScriptsMap(map).map(({ name }) => name);
  const files = new Set([...old, ...programs, ...replaced].map((name) => `${layout.scripts}/${name}`));
  for (const file of leaving) files.add(file);
  // Where the environment shares its packages `bin` is the only directory: everything else is a link.
  const top = shared?.dir === undefined ? readdirSync(prefixDir) : [];
  const directories = new Set(top.filter((name) => name !== layout.scripts));
  const all = carryPrefix(prefixDir, { leaving: { files, directories } });
  const below = (directory: string) => directory === layout.scripts || directory.startsWith(`${layout.scripts}/`);
  const carried: Carried = {
    seen: all.seen.filter(({ path: directory }) => directory === '' || below(directory)),
    directories: all.directories.filter((directory) => below(directory)),
    files: all.files.filter(({ directory }) => below(directory)),
    links: all.links.filter(({ path: link }) => below(path.posix.dirname(link))),
  };
  linkTree({ sourceDir: prefixDir, targetDir, ...carried }, { fs });
  for (const { path: link, target } of carried.links) fs.symlink(target, `${targetDir}/${link}`);
  return carried;
}
