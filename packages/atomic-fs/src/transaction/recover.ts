// Finishes or removes what a dead process left of a transaction. Recovery reads only the disk and may run any number of
// times.

import { AtomicFsError } from '../atomic-fs-error.ts';
import { markOf } from '../identity.ts';
import { nodeFs } from '../node-fs.ts';
import { listNames } from '../read-if-present.ts';
import type { CommitResult } from './commit-result.ts';
import { readJournal } from './journal-file.ts';
import { keptSince } from './keep-aside.ts';
import { checkBeforeRedo, rollForward } from './roll-forward.ts';
import {
  checkWorkDir,
  clearWorkArea,
  pathsOf,
  type TransactionOptions,
  type WorkArea,
  workAreaOf,
} from './work-area.ts';

/** What {@link recover} did, and what it found that no transaction put there. */
export interface RecoveryReport extends CommitResult {
  /**
   * `clean`: nothing was left. `rolled-back`: what was staged for a change that was not decided was removed. `tidied`: a
   * change was finished already, and what it had replaced was removed. `rolled-forward`: a change that was decided was
   * finished now.
   */
  readonly outcome: 'clean' | 'rolled-back' | 'tidied' | 'rolled-forward';
  /** The paths of the change that was finished, relative to the root. */
  readonly paths: readonly string[];
}

/**
 * Makes `rootDir` all old or all new again. May die at any point, and be called again, any number of times. Throws
 * `ATOMIC_FS_JOURNAL_NEWER`, `_DAMAGED` or `_FOREIGN`, or `ATOMIC_FS_STAGED_LOST`, with nothing changed, where it
 * must not act; `ATOMIC_FS_UNFINISHED` where the disk does not let it.
 */
export function recover(rootDir: string, options: TransactionOptions): RecoveryReport {
  const area = workAreaOf(rootDir, options);
  checkWorkDir(area);
  const journal = readJournal(area);
  if (journal === undefined) {
    const displaced = markOf(area.transactionDir) === undefined ? [] : keptSince(area);
    const outcome = outcomeOf(area, displaced.length > 0);
    clearWorkArea(area);
    return { outcome, paths: [], displaced, left: [], takenOut: [] };
  }
  checkBeforeRedo(area, journal);
  return {
    outcome: 'rolled-forward',
    paths: journal.entries.map((entry) => entry.path),
    ...rollForward(area, journal),
  };
}

function outcomeOf({ transactionDir, finishedPath }: WorkArea, hasKept: boolean): RecoveryReport['outcome'] {
  if (markOf(transactionDir) === undefined) return 'clean';
  if (markOf(finishedPath) !== undefined || hasKept) return 'tidied';
  // Empty: nothing was done yet, or nothing is left to be done.
  return listNames(transactionDir).length === 0 ? 'clean' : 'rolled-back';
}

/**
 * What `recover` would throw because it must not act; undefined: it may. Reads, takes no lock: what it says may be over a
 * moment later.
 */
export function whyRefused(
  rootDir: string,
  { workDir = '.atomic-fs' }: { workDir?: string | undefined } = {},
): AtomicFsError | undefined {
  const area = { ...pathsOf(rootDir, workDir), fs: nodeFs, durability: 'none' as const, isCache: () => false };
  try {
    checkWorkDir(area);
    const journal = readJournal(area);
    if (journal !== undefined) checkBeforeRedo(area, journal);
    return undefined;
  } catch (error) {
    if (error instanceof AtomicFsError) return error;
    throw error;
  }
}

/** Whether `recover` has something to do; two stats, no lock. What it says may be over a moment later. */
export function needsRecovery(
  rootDir: string,
  { workDir = '.atomic-fs' }: { workDir?: string | undefined } = {},
): boolean {
  const { journalPath, transactionDir } = pathsOf(rootDir, workDir);
  return markOf(transactionDir) !== undefined || markOf(journalPath) !== undefined;
}
