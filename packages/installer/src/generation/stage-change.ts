// Step 4 of a change, up to the moment before the commit: built, synced, checked, and nobody wrote meanwhile. Whatever
// goes wrong here is undone here.

import { type Durability, type Fs, type LinkMode, removeTree } from '@wheelwright/atomic-fs';
import { ignoreFailure } from '@wheelwright/errors';
import type { Lock } from '@wheelwright/fslock';
import { environmentPaths, generationTarget } from '@wheelwright/python';
import { checkStaged } from '../check/check-generation.ts';
import { pauseUnlessAborted } from '../model/pause.ts';
import type { CheckStaged } from '../model/ports.ts';
import type { InstalledState } from '../model/types.ts';
import type { InstallPlan } from '../plan/install-plan.ts';
import { vanishedPath } from '../read/changed-meanwhile.ts';
import { changedSince, dropChangedByteCode } from '../read/changed-since-carried.ts';
import { nextNumber, readGenerations } from '../read/generations.ts';
import { type StagedGeneration, stageGeneration } from './stage-generation.ts';
import { sweepTopLinks } from './top-links.ts';

export interface StageChangeOptions {
  readonly command: string;
  readonly completes?: number | undefined;
  readonly fs: Fs;
  readonly linkMode: LinkMode;
  readonly durability: Durability;
  readonly check?: CheckStaged | undefined;
  /** The environment's, held: a check keeps it until the last of its processes has ended. */
  readonly lock: Pick<Lock, 'fd'>;
  readonly signal?: AbortSignal | undefined;
  readonly now: () => Date;
  /** How the generation is made; {@link stageGeneration} unless it is to lead into a shared one. */
  readonly stage?: typeof stageGeneration | undefined;
}

/** A generation that is ready to become current; or none, and what somebody else wrote meanwhile. */
export interface StageOutcome {
  readonly staged: StagedGeneration | undefined;
  readonly written: readonly string[];
}

/** Stages the generation after `state` that `plan` describes. On throw, and without `staged`, nothing of it is left. */
export async function stageChange(
  state: InstalledState,
  plan: InstallPlan,
  { check, lock, signal, now, stage = stageGeneration, ...options }: StageChangeOptions,
): Promise<StageOutcome> {
  const { environmentDir, prefixDir, layout } = state;
  const { fs } = options;
  const generation = nextNumber(readGenerations(environmentDir));
  const generationDir = `${environmentPaths(environmentDir).root}/${generationTarget(generation)}`;
  const pause = () => pauseUnlessAborted(environmentDir, signal);
  const { command, completes, linkMode, durability } = options;
  const stageOptions = { command, completes, fs, linkMode, durability, now: now(), pause };
  try {
    const staged = await stage(state, plan, generation, stageOptions);
    const sitePackagesDir = `${generationDir}/${layout.sitePackages}`;
    const added = plan.wheels.map(({ wheel }) => wheel);
    const picture = { environmentDir, generation, stagedDir: generationDir, sitePackagesDir, added, lockFd: lock.fd };
    if (check !== undefined) await checkStaged(check, picture, { fs, durability: options.durability, signal });
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
