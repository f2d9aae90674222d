// Steps 5 to 7 of a change: the pointer is switched, which decides the outcome. Recovery finishes what cannot be finished
// now. Numbers as in change-environment.ts and docs/protocols/install.md.

import { type Durability, type Fs, switchPointer } from '@wheelwright/atomic-fs';
import { ignoreFailure, listed } from '@wheelwright/errors';
import { environmentPaths, generationTarget } from '@wheelwright/python';
import { alwaysKept } from '../model/change-context.ts';
import { InstallError } from '../model/install-error.ts';
import type { InstalledState } from '../model/types.ts';
import { type ChangeResult, type ChangeSummary, resultOf } from '../plan/change-result.ts';
import { changedSince, dropChangedByteCode } from '../read/changed-since-carried.ts';
import { readGenerationState } from '../read/generation-state.ts';
import { currentGeneration } from '../read/generations.ts';
import { completeSplitInstall } from './complete-split-install.ts';
import { retire } from './retire.ts';
import { unstage } from './stage-change.ts';
import type { StagedGeneration } from './stage-generation.ts';
import { sweepTopLinks } from './top-links.ts';
import { writeMark } from './write-mark.ts';

/** How a generation is committed. */
export interface CommitOptions {
  readonly fs: Fs;
  readonly durability: Durability;
  /** How many generations stay in any case, the current one among them; fewer than two count as two. */
  readonly keepGenerations: number;
  readonly now: () => Date;
  /** Completes what another program installed across the switch, and returns the paths; undefined: by links. */
  readonly complete?: (() => readonly string[]) | undefined;
}

/**
 * Makes `staged` current. On throw nothing of it is left and nothing changed, unless `data.committed` is true. Throws
 * INSTALL_ENVIRONMENT_CHANGED and INSTALL_NOT_DURABLE after the commit.
 */
export function commitGeneration(
  state: InstalledState,
  summary: ChangeSummary,
  staged: StagedGeneration,
  { fs, durability, keepGenerations, now, complete }: CommitOptions,
): ChangeResult {
  const { environmentDir, prefixDir } = state;
  const { number, dir, carried } = staged;
  const completeNow = () => completeSplitInstall(readGenerationState(environmentDir), { fs, linkMode: 'auto' });
  let notDurable: unknown;
  try {
    // 5. THE COMMIT: `current` names N, and its directory is synced.     crash here: old before, new after.
    switchPointer(environmentPaths(environmentDir).current, generationTarget(number), { durability, fs });
  } catch (error) {
    if (currentGeneration(environmentDir) !== number) {
      ignoreFailure(() => unstage(environmentDir, dir, fs));
      throw error;
    }
    notDurable = error;
  }
  ignoreFailure(() => dropChangedByteCode(prefixDir, carried, dir, fs));
  const written = changedSince(prefixDir, carried, dir);
  let retired: readonly number[] = [];
  ignoreFailure(() => {
    const time = now();
    // 6. N is marked as committed.                     crash here: recovery marks what `current` names.
    writeMark(dir, time, fs);
    // 7. Superseded generations are moved to the trash.                 crash here: the next change does it.
    const keep = Math.max(alwaysKept, keepGenerations);
    retired = retire(environmentDir, { current: number, keep, nowMs: time.getTime() }, fs);
    sweepTopLinks(environmentDir, fs);
  });
  const result = resultOf(summary, number, true, retired);
  if (written.length > 0) reportWritten(state, result, written, complete ?? completeNow);
  if (notDurable !== undefined) reportNotDurable(environmentDir, result, notDurable);
  return result;
}

function reportWritten(
  state: InstalledState,
  result: ChangeResult,
  written: readonly string[],
  complete: () => readonly string[],
): never {
  const { environmentDir, prefixDir, generation } = state;
  let completed: readonly string[] = [];
  ignoreFailure(() => {
    completed = complete();
  });
  throw new InstallError(
    'INSTALL_ENVIRONMENT_CHANGED',
    `Another program wrote into ${environmentDir} during the change: ${listed(written)}.`,
    {
      hint: `The change is done. What the other program wrote is in generation ${generation}, which was kept; run that program again.`,
      data: { environmentDir, written, completed, prefixDir, committed: true, result },
    },
  );
}

function reportNotDurable(environmentDir: string, result: ChangeResult, cause: unknown): never {
  throw new InstallError('INSTALL_NOT_DURABLE', `${environmentDir} was changed, but the disk did not confirm it.`, {
    hint: 'The change is in place; a power cut may undo it. Check the disk.',
    cause,
    data: { environmentDir, committed: true, result },
  });
}
