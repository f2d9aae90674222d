// Restores files of a generation: the next generation has links to everything of the present one, and the lost files made
// again. Packages are not examined. It is staged and committed like any other: docs/protocols/install.md, steps 4 to 7.
import path from 'node:path';
import { createFile, linkTree, listNames, lookAtEntry } from '@wheelwright/atomic-fs';
import {
  environmentPaths,
  formatGeneration,
  generationFileName,
  generationTarget,
  type ImageEntry,
  type ImageFault,
  type Makeup,
} from '@wheelwright/python';
import { commitGeneration } from '../generation/commit-generation.ts';
import { stageChange } from '../generation/stage-change.ts';
import { newerThanAll, type StagedGeneration, type StageOptions } from '../generation/stage-generation.ts';
import { makeTopLinks } from '../generation/top-links.ts';
import { schemeLayout } from '../layout/schemes.ts';
import { alwaysKept } from '../model/change-context.ts';
import { InstallError } from '../model/install-error.ts';
import type { InstalledState } from '../model/types.ts';
import type { ChangeSummary } from '../plan/change-result.ts';
import { type Carried, carryPrefix } from '../read/carry.ts';
import { sharedReferenceOf } from '../read/environment-faults.ts';
import { refuseChanged } from '../recover/report-written.ts';
import { syncStaged } from '../shared/carry-bin.ts';
import { sharedArea } from '../shared/data-directory.ts';
import { registerRoot } from '../shared/roots.ts';
import { layEntries } from './lay-entries.ts';
import { rebuildGeneration } from './rebuilt-generation.ts';
import type { RestoreContext } from './restore-context.ts';
import { restoredEntry } from './restored-entry.ts';

/** How many attempts are made when another program writes meanwhile. */
const attempts = 3;

/** Commits a generation without `faults` and returns its number. The environment's lock is held, and its top is restored. */
export async function restoreGeneration(
  makeup: Makeup,
  faults: readonly ImageFault[],
  lockFd: number,
  context: RestoreContext,
): Promise<number> {
  const { dir: environmentDir, prefixDir, generation, libDirName } = makeup;
  const { command, durability, fs, now, signal } = context;
  const layout = schemeLayout(libDirName!);
  const shared = sharedReferenceOf(makeup, context.interpreter);
  if (makeup.shares !== 'nothing' && shared === undefined) refuseUnknown(environmentDir);
  const state: InstalledState = { environmentDir, prefixDir, generation, layout, distributions: [], shared };
  const entries = faults.flatMap((fault) => restoredEntry(fault, makeup, context) ?? []);
  const stage = async (number: number, { now: time }: StageOptions) => {
    const dir = path.join(environmentPaths(environmentDir).root, generationTarget(number));
    const carried = layAgain(prefixDir, dir, entries, context);
    const { generation: told, unknown } = rebuildGeneration(makeup, shared);
    if (unknown.length > 0 && faults.some((fault) => fault.path === generationFileName))
      context.notes.push(`nothing says which wheels ${unknown.join(', ')} are from: they are found by their version`);
    const text = formatGeneration({ ...told, number, created: time.toISOString(), command });
    createFile(path.join(dir, generationFileName), text, { fs });
    if (shared?.dir !== undefined) {
      const area = sharedArea(shared.dir.slice(0, shared.dir.lastIndexOf('/shared/')));
      await registerRoot(area, environmentDir, { fs, signal });
    } else {
      const timeS = newerThanAll(environmentDir, layout.sitePackages, time) / 1000;
      fs.utimes(path.join(dir, layout.sitePackages), timeS, timeS);
    }
    const names = listNames(dir).filter((name) => !name.startsWith('.'));
    const topLinks = makeTopLinks(
      environmentDir,
      names.filter((name) => name !== generationFileName),
      fs,
    );
    syncStaged(state, dir, topLinks, { fs, durability, whole: true });
    return { number, dir, carried } satisfies StagedGeneration;
  };
  for (let attempt = 1; ; attempt += 1) {
    const options = { command, fs, linkMode: 'auto' as const, durability, lock: { fd: lockFd }, signal, now };
    const { staged, written } = await stageChange(state, { added: [], stage }, options);
    if (staged !== undefined) {
      commitGeneration(state, nothingToInstall, staged, { fs, durability, keepGenerations: alwaysKept, now });
      return staged.number;
    }
    if (attempt === attempts) refuseChanged(environmentDir, written);
  }
}

/** Links everything but `entries`, and makes these. */
function layAgain(prefixDir: string, dir: string, entries: readonly ImageEntry[], { fs }: RestoreContext): Carried {
  const drop = new Set<string>();
  for (const { path: name, kind } of entries) {
    if (kind !== 'directory') drop.add(name);
    // An entry that is in place of a directory does not come along either.
    const parts = name.split('/');
    for (let length = 1; length <= parts.length - (kind === 'directory' ? 0 : 1); length += 1) {
      const parent = parts.slice(0, length).join('/');
      if (lookAtEntry(path.join(prefixDir, parent))?.isDirectory() !== true) drop.add(parent);
    }
  }
  const roots = new Set(entries.flatMap((entry) => (entry.kind === 'directory' ? [entry.path] : [])));
  const carried = carryPrefix(prefixDir, { leaving: { files: drop, directories: drop }, roots });
  fs.mkdir(dir);
  linkTree({ sourceDir: prefixDir, targetDir: dir, ...carried }, { fs });
  for (const { path: link, target } of carried.links) fs.symlink(target, `${dir}/${link}`);
  layEntries(dir, entries, new Set(carried.directories), fs);
  return carried;
}

const nothingToInstall: ChangeSummary = {
  installed: [],
  removed: [],
  upgraded: [],
  unchanged: [],
  unremovable: [],
  conflicts: [],
};

function refuseUnknown(environmentDir: string): never {
  throw new InstallError(
    'INSTALL_BEYOND_REPAIR',
    `${environmentDir} shares its packages, and nothing in its current generation says which they were.`,
    {
      hint: 'Go back to an earlier generation, or make a new environment.',
      data: { environmentDir, committed: false },
    },
  );
}
