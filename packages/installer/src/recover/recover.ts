// What a dead writer left in an environment is finished or undone: driven by the disk alone, and as often as one likes.
// The first act of every change, under its lock. Protocol: docs/protocols/install.md.
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { type CommitResult, type Fs, listNames, nodeFs, removeTree } from '@wheelwright/atomic-fs';
import type { Lock } from '@wheelwright/fslock';
import { environmentPaths } from '@wheelwright/python';
import { currentGeneration, type GenerationEntry, readGenerations, writeMark } from '../generation/generations.ts';
import { emptyTrash } from '../generation/retire.ts';
import { sweepTopLinks } from '../generation/top-links.ts';
import { type DiscardedWork, discardWork, isRefusal } from './discard-work.ts';
import { lockAndRun } from './lock-environment.ts';
import { prefixNeedsRecovery, recoverPrefix } from './recover-prefix.ts';
import { writtenIn } from './report-written.ts';

/** What recovery found to do. */
export interface RecoveryReport {
  /** The generation that was current but not marked so: its change had been committed and is finished now. */
  readonly finished: number | undefined;
  /** Generations that never became current and were removed. */
  readonly undone: readonly number[];
  /** Whatever else was removed, by path. */
  readonly removed: readonly string[];
  /** Of an environment that is changed in place: what was left of a change, and what was done with it. */
  readonly inPlace?: 'rolled-back' | 'tidied' | 'rolled-forward' | undefined;
  /** With `rolled-forward` the paths of that change; else none. */
  readonly changed?: readonly string[] | undefined;
  /** What another program wrote into it before that change was finished, where it did: kept, and told once. */
  readonly others?: CommitResult | undefined;
  /** With `discard`: the change that was given up, because it must not be finished. */
  readonly discarded?: DiscardedWork | undefined;
}

export interface RecoverOptions {
  readonly lockTimeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly command?: string | undefined;
  /** A change that must not be finished is given up: all of it is kept aside, and what is in place stays as it is. */
  readonly discard?: boolean | undefined;
  readonly fs?: Fs | undefined;
}

/** Finishes or undoes what a dead process left in the environment. Takes its lock; waits for whoever works in it. */
export async function recoverEnvironment(
  environmentDir: string,
  options: RecoverOptions = {},
): Promise<RecoveryReport> {
  const { command = 'recover', fs = nodeFs } = options;
  const { lock, result: inPlace } = await lockAndRun(environmentDir, { ...options, command }, (held) =>
    recoverOrDiscard(environmentDir, held, fs, options.discard === true),
  );
  let report: RecoveryReport;
  try {
    report = { ...recoverLocked(environmentDir, fs), ...inPlace };
  } finally {
    lock.release();
  }
  const trash = emptyTrash(environmentDir, fs);
  return { ...report, removed: [...report.removed, ...trash] };
}

function recoverOrDiscard(
  environmentDir: string,
  lock: Lock,
  fs: Fs,
  discard: boolean,
): Pick<RecoveryReport, 'inPlace' | 'changed' | 'others' | 'discarded'> {
  try {
    const recovered = recoverPrefix(environmentDir, { lock, fs, durability: 'full' });
    const others = recovered && writtenIn(recovered).length > 0 ? recovered : undefined;
    const outcome = recovered?.outcome;
    return { inPlace: outcome === 'clean' ? undefined : outcome, changed: recovered?.paths, others };
  } catch (error) {
    if (!discard || !isRefusal(error)) throw error;
    return { discarded: discardWork(environmentDir, fs) };
  }
}

/** The same for a caller that holds the lock. The trash is left to be emptied after it is released. */
export function recoverLocked(environmentDir: string, fs: Fs): RecoveryReport {
  const paths = environmentPaths(environmentDir);
  const current = currentGeneration(environmentDir);
  if (current === undefined) return { finished: undefined, undone: [], removed: [] };
  // 1. What `current` names was committed, whether or not it came to be marked.
  const generations = readGenerations(environmentDir);
  const unmarked = generations.find(({ number, committedMs }) => number === current && committedMs === undefined);
  if (unmarked !== undefined) writeMark(unmarked.dir, pointerTime(paths.current), fs);
  // 2. What is neither current nor marked never was.
  const undone = generations.filter(({ number, committedMs }) => number !== current && committedMs === undefined);
  for (const { dir } of undone) removeTree(dir, { fs });
  // 3. Pointers half made, and directories that are there only during work.
  const litter = listNames(paths.root).filter((name) => /^\..*\.partial$/.test(name));
  const removed = litter.map((name) => path.join(paths.root, name));
  if (existsSync(paths.staging)) removed.push(paths.staging);
  for (const file of removed) removeTree(file, { fs });
  // 4. Links at the top that lead nowhere.
  sweepTopLinks(environmentDir, fs);
  return { finished: unmarked?.number, undone: undone.map(({ number }) => number), removed };
}

/** Whether there is anything for recovery to do; for readers, who hold no lock and change nothing. */
export function needsRecovery(environmentDir: string): boolean {
  if (prefixNeedsRecovery(environmentDir)) return true;
  return readGenerations(environmentDir).some(({ committedMs }: GenerationEntry) => committedMs === undefined);
}

// The commit was the last change of the pointer, near enough.
function pointerTime(pointer: string): Date {
  return statSync(path.dirname(pointer)).mtime;
}
