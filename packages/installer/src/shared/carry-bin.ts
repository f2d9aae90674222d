// `bin` of the present generation carried into the next one, and small generations put on the disk.

import { readdirSync } from 'node:fs';
import path from 'node:path';
import { type Durability, type Fs, linkTree, readText, syncDirectory, syncTree } from '@wheelwright/atomic-fs';
import { environmentPaths, parseScriptsMap, scriptsMapName } from '@wheelwright/python';
import type { InstalledState } from '../model/types.ts';
import type { InstallPlan } from '../plan/install-plan.ts';
import { type Carried, carryPrefix } from '../read/carry.ts';
import { readManifest } from '../read/shared-manifest.ts';

/** Puts a small staged generation, and what leads to it, on the disk. */
export function syncStaged(
  { environmentDir, prefixDir }: InstalledState,
  dir: string,
  topLinks: readonly string[],
  { fs, durability, whole = false }: { readonly fs: Fs; readonly durability: Durability; readonly whole?: boolean },
): void {
  if (durability === 'none') return;
  // One by one: a few files, where syncfs would wait for whatever else the machine is writing.
  syncTree(dir, { fs: whole ? fs : { ...fs, syncFileSystem: () => false } });
  syncDirectory(environmentPaths(environmentDir).generations, { fs });
  // The mark of the present one: without it recovery would take it for an orphan once it is superseded.
  syncDirectory(prefixDir, { fs });
  if (topLinks.length > 0) syncDirectory(environmentDir, { fs });
}

/** `bin` of the present generation without what wheels of ours brought, put into the one at `targetDir`. */
export function carryBin(
  state: InstalledState,
  { drop }: Pick<InstallPlan, 'drop'>,
  replaced: ReadonlySet<string>,
  fs: Fs,
  targetDir: string,
  { stubs = false }: { readonly stubs?: boolean } = {},
): Carried {
  const { prefixDir, layout, shared } = state;
  const map = readText(path.join(prefixDir, layout.sitePackages, scriptsMapName)) ?? '';
  const programs = shared?.dir === undefined ? [] : (readManifest(shared.dir)?.programs ?? []);
  const old = stubs ? [] : parseScriptsMap(map).map(({ name }) => name);
  const left = new Set([...old, ...programs, ...replaced]);
  const nothing = new Set<string>();
  const inBin = new Set([...left].map((name) => `${layout.scripts}/${name}`));
  for (const file of drop) inBin.add(file);
  const rules = { dropDirectories: nothing, laid: nothing, laidDirectories: nothing, roots: nothing };
  // Only `bin` is a directory here: all else of the layout is a link.
  const top = shared?.dir === undefined ? readdirSync(prefixDir) : [];
  const others = new Set(top.filter((name) => name !== layout.scripts));
  const all = carryPrefix(prefixDir, { ...rules, drop: inBin, dropDirectories: others });
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
