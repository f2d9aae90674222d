// Step 4 of a change: `generations/N` is built aside and synced, with nothing pointing to it yet.
import { statSync } from 'node:fs';
import path from 'node:path';
import {
  createFile,
  type Durability,
  type Fs,
  type LinkBeside,
  type LinkMode,
  syncDirectory,
  syncTree,
} from '@wheelwright/atomic-fs';
import {
  environmentPaths,
  formatGeneration,
  type GenerationDistribution,
  generationFileName,
  generationFormat,
  generationTarget,
  isSupportPath,
} from '@wheelwright/python';
import type { InstalledState } from '../model/types.ts';
import { type InstallPlan, keptOf, wheelsOf } from '../plan/install-plan.ts';
import { type Carried, carriedFiles } from '../read/carry.ts';
import { readGenerations } from '../read/generations.ts';
import { buildTree } from './build-tree.ts';
import { makeTopLinks } from './top-links.ts';

/** How a generation is staged. */
export interface StageOptions {
  readonly fs: Fs;
  readonly linkMode: LinkMode;
  readonly linkBeside?: LinkBeside | undefined;
  readonly durability: Durability;
  readonly command: string;
  /** As in `ChangeOptions`. */
  readonly completes?: number | undefined;
  readonly now: Date;
  /** Called between wheels; throws to end the work. */
  readonly pause: () => Promise<void>;
}

/** A complete generation that is not current. */
export interface StagedGeneration {
  readonly number: number;
  /** Absolute. */
  readonly dir: string;
  /** What came along from the generation before it. */
  readonly carried: Carried;
}

/** Builds generation `number` and syncs it. On throw, and after a crash, it is an orphan that recovery removes. */
export async function stageGeneration(
  state: InstalledState,
  plan: InstallPlan,
  number: number,
  options: StageOptions,
): Promise<StagedGeneration> {
  const { fs, linkMode, linkBeside, durability, command, completes, now, pause } = options;
  const { environmentDir, layout } = state;
  const paths = environmentPaths(environmentDir);
  const dir = path.join(paths.root, generationTarget(number));
  const built = await buildTree({ state, plan, generationDir: dir, fs, linkMode, linkBeside, pause });
  const text = formatGeneration({
    format: generationFormat,
    number,
    created: now.toISOString(),
    command,
    distributions: distributionsAfter(plan),
    support: built.support,
    kept: unownedFiles(plan, built.carried),
    completes,
  });
  createFile(path.join(dir, generationFileName), text, { fs });
  const topLinks = makeTopLinks(environmentDir, built.topNames, fs);
  // Last, after everything that is made in it: interpreters cache a directory by its modification time.
  const timeS = newerThanAll(environmentDir, layout.sitePackages, now) / 1000;
  fs.utimes(path.join(dir, layout.sitePackages), timeS, timeS);
  if (durability === 'full') {
    syncTree(dir, { fs });
    syncDirectory(paths.generations, { fs });
    // The present generation's mark: without it recovery would remove that generation once it is superseded.
    syncDirectory(state.prefixDir, { fs });
    if (topLinks.length > 0) syncDirectory(environmentDir, { fs });
  }
  return { number, dir, carried: built.carried };
}

function distributionsAfter(plan: InstallPlan): GenerationDistribution[] {
  // Of two versions the one without RECORD is still being written: it stays a newcomer until a change finds it complete.
  const versions = new Map<string, number>();
  const kept = keptOf(plan);
  for (const { owner } of kept) versions.set(owner.name, (versions.get(owner.name) ?? 0) + 1);
  const recorded = kept.filter(({ owner }) => versions.get(owner.name) === 1 || owner.files !== undefined);
  return [
    ...recorded.map(({ owner: { name, version, wheelSha256, requested } }) => ({
      name,
      version,
      sha256: wheelSha256,
      requested,
    })),
    ...wheelsOf(plan).map(({ wheel: { name, version, sha256, requested } }) => ({ name, version, sha256, requested })),
  ];
}

/** The files that come along and that no distribution owns. */
function unownedFiles(plan: InstallPlan, carried: Carried): string[] {
  const owned = new Set(keptOf(plan).flatMap(({ owner }) => owner.files?.map((file) => file.path) ?? []));
  return carriedFiles(carried).filter((file) => !owned.has(file) && !isSupportPath(file));
}

/** A time in ms that is later than that of site-packages in every generation of the environment. */
export function newerThanAll(environmentDir: string, sitePackages: string, now: Date): number {
  const times = readGenerations(environmentDir).map(({ dir }) => {
    return statSync(path.join(dir, sitePackages), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  });
  return Math.max(Math.ceil(now.getTime()), ...times.map((time) => Math.floor(time) + 2));
}
