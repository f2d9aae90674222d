// Step 4 of a change, up to the moment before the commit: the next generation is built, synced and checked, and no other
// program wrote meanwhile. Whatever fails here is undone here.
import { type Durability, type Fs, type LinkBeside, type LinkMode, removeTree } from '@wheelwright/atomic-fs';
import { ignoreFailure } from '@wheelwright/errors';
import type { Lock } from '@wheelwright/fslock';
import { environmentPaths, generationTarget } from '@wheelwright/python';
import { checkStaged } from '../check/check-generation.ts';
import { pauseUnlessAborted } from '../model/pause.ts';
import type { CheckStaged } from '../model/ports.ts';
import type { InstalledState } from '../model/types.ts';
import type { WheelTree } from '../model/wheel-tree.ts';
import { vanishedPath } from '../read/changed-meanwhile.ts';
import { changedSince, dropChangedByteCode } from '../read/changed-since-carried.ts';
import { nextNumber, readGenerations } from '../read/generations.ts';
import type { StagedGeneration, StageOptions } from './stage-generation.ts';
import { sweepTopLinks } from './top-links.ts';

/** What staging works with; a `ChangeContext` has all of it. */
export interface StageChangeOptions {
  readonly command: string;
  /** As in `ChangeOptions`. */
  readonly completes?: number | undefined;
  readonly fs: Fs;
  readonly linkMode: LinkMode;
  readonly linkBeside?: LinkBeside | undefined;
  readonly durability: Durability;
  readonly check?: CheckStaged | undefined;
  /** The environment's lock, held: a check holds it until the last of its processes has ended. */
  readonly lock: Pick<Lock, 'fd'>;
  readonly signal?: AbortSignal | undefined;
  readonly now: () => Date;
}

/** How a generation is made. */
export interface GenerationPlan {
  /** The wheels that are new in it, for the check. */
  readonly added: readonly WheelTree[];
  /** Makes generation `number` and syncs it. On throw the caller removes what was made. */
  stage(number: number, options: StageOptions): Promise<StagedGeneration>;
}

/** A generation that is ready to become current; or none, and the paths that another program wrote meanwhile. */
export interface StageOutcome {
  readonly staged: StagedGeneration | undefined;
  /** Relative to the prefix; empty with `staged`. */
  readonly written: readonly string[];
}

/** Stages the generation after `state` that `plan` makes. On throw, and without `staged`, nothing of it is left. */
export async function stageChange(
  { environmentDir, prefixDir, layout }: InstalledState,
  plan: GenerationPlan,
  { check, lock, signal, now, ...options }: StageChangeOptions,
): Promise<StageOutcome> {
  const { fs, durability } = options;
  const generation = nextNumber(readGenerations(environmentDir));
  const generationDir = `${environmentPaths(environmentDir).root}/${generationTarget(generation)}`;
  const pause = () => pauseUnlessAborted(environmentDir, signal);
  try {
    const staged = await plan.stage(generation, { ...options, now: now(), pause });
    const sitePackagesDir = `${generationDir}/${layout.sitePackages}`;
    const { added } = plan;
    const picture = { environmentDir, generation, stagedDir: generationDir, sitePackagesDir, added, lockFd: lock.fd };
    if (check !== undefined) await checkStaged(check, picture, { fs, durability, signal });
    await pause();
    dropChangedByteCode(prefixDir, staged.carried, generationDir, fs);
    const written = changedSince(prefixDir, staged.carried, generationDir);
    if (written.length === 0) return { staged, written };
    unstage(environmentDir, generationDir, fs);
    return { staged: undefined, written };
  } catch (error) {
    ignoreFailure(() => unstage(environmentDir, generationDir, fs));
    const vanished = vanishedPath(error, prefixDir);
    if (vanished !== undefined) return { staged: undefined, written: [vanished] };
    throw error;
  }
}

/** Removes a generation that never was current, and the links that only it needed. */
export function unstage(environmentDir: string, generationDir: string, fs: Fs): void {
  removeTree(generationDir, { fs });
  sweepTopLinks(environmentDir, fs);
}
