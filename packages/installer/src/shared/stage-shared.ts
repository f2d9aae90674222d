// Step 4 of a change in the layout `shared`: a generation of the environment that leads into a shared one. Its own are
// `bin` and what it says about itself; its size does not grow with the number of files that it shows.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import {
  createFile,
  type Durability,
  type Fs,
  linkTree,
  readText,
  syncDirectory,
  syncTree,
} from '@wheelwright/atomic-fs';
import {
  environmentPaths,
  formatGeneration,
  generationFileName,
  generationFormat,
  generationTarget,
  isSupportPath,
  parseScriptsMap,
  pipGuard,
  pipGuardName,
  rootName,
  scriptStub,
  scriptsMapName,
} from '@wheelwright/python';
import type { StagedGeneration, StageOptions } from '../generation/stage-generation.ts';
import { isOurTopLink, makeTopLinks } from '../generation/top-links.ts';
import type { InstalledState } from '../model/types.ts';
import type { InstallPlan } from '../plan/plan-install.ts';
import { type Carried, carryPrefix } from '../read/carry.ts';
import { readManifest } from '../read/shared-manifest.ts';
import type { SharedArea } from './data-directory.ts';
import { registerRoot, type WaitOptions } from './roots.ts';
import type { SharedLease } from './shared-generations.ts';

/** Builds generation `number`, leading into `lease.dir`, and syncs it. As `stageGeneration` otherwise. */
export async function stageShared(
  state: InstalledState,
  plan: InstallPlan,
  number: number,
  { area, lease, signal, timeoutMs, ...options }: StageOptions & StageSharedOptions,
): Promise<StagedGeneration> {
  const { fs, durability, command, completes, now } = options;
  const { environmentDir, layout } = state;
  const { scripts, programs, tops, distributions, support, cacheTag, magic } = lease.manifest;
  const dir = path.join(environmentPaths(environmentDir).root, generationTarget(number));
  const bin = `${dir}/${layout.scripts}`;
  fs.mkdir(dir);
  fs.mkdir(bin);
  const carried = carryBin(state, plan, new Set([...scripts, ...programs]), fs, dir);
  for (const name of scripts) createFile(`${bin}/${name}`, scriptStub(environmentDir, name), { mode: 0o777, fs });
  for (const name of programs) fs.symlink(`${lease.dir}/${layout.scripts}/${name}`, `${bin}/${name}`);
  for (const name of tops) fs.symlink(`${lease.dir}/${name}`, `${dir}/${name}`);
  fs.symlink('lib', `${dir}/lib64`);
  // A file less to put on the disk.
  if (readText(`${state.prefixDir}/${pipGuardName}`) !== pipGuard)
    createFile(`${dir}/${pipGuardName}`, pipGuard, { fs });
  else fs.link(`${state.prefixDir}/${pipGuardName}`, `${dir}/${pipGuardName}`);
  const text = formatGeneration({
    format: generationFormat,
    number,
    created: now.toISOString(),
    command,
    distributions: distributions.map(({ name, version, sha256, requested, directUrl }) => {
      return { name, version, sha256, requested, directUrl };
    }),
    support,
    kept: keptOf(carried),
    completes,
    shared: { cacheTag, magic, dir: lease.dir },
  });
  createFile(path.join(dir, generationFileName), text, { fs });
  // The root comes before the pointer.                 crash here: a root that names nothing, swept by the next prune.
  await registerRoot(area, environmentDir, { fs, signal, timeoutMs });
  syncStaged(
    state,
    dir,
    makeTopLinks(
      environmentDir,
      topNames(state, [layout.scripts, 'lib64', ...tops.filter((name) => name !== rootName)]),
      fs,
    ),
    {
      fs,
      durability,
    },
  );
  return { number, dir, carried };
}

export interface StageSharedOptions extends WaitOptions {
  readonly area: SharedArea;
  readonly lease: SharedLease;
}

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

/** The names at the top of the environment; a `pip.conf` of its user's own is left alone, and pip is not kept out then. */
function topNames({ environmentDir }: InstalledState, names: readonly string[]): string[] {
  return isOurTopLink(environmentDir, pipGuardName) === false ? [...names] : [...names, pipGuardName];
}

function keptOf({ files }: Carried): string[] {
  return files
    .flatMap(({ directory, names }) => names.map((name) => `${directory}/${name}`))
    .filter((file) => !isSupportPath(file));
}
