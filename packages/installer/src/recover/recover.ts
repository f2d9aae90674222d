// Recovery as an operation of its own, with a report.
import { type CommitResult, type Fs, nodeFs } from '@wheelwright/atomic-fs';
import type { Lock } from '@wheelwright/fslock';
import { type GenerationsRecovery, recoverGenerations } from '../generation/recover-generations.ts';
import { emptyTrash } from '../generation/retire.ts';
import type { OperationOptions } from '../model/operation-options.ts';
import type { PrefixOptions } from '../model/types.ts';
import { type DiscardedWork, discardWork, isRefusal } from './discard-work.ts';
import { lockAndRun } from './lock-environment.ts';
import { recoverPrefix } from './recover-prefix.ts';
import { writtenIn } from './report-written.ts';

/** What recovery did. */
export interface RecoveryReport extends GenerationsRecovery {
  /** What was done with a transaction that a dead process left; undefined where there was none. */
  readonly inPlace?: 'rolled-back' | 'tidied' | 'rolled-forward' | undefined;
  /** The paths of a transaction that was rolled forward. */
  readonly changed?: readonly string[] | undefined;
  /** What another program had written before that transaction was finished: kept, and reported once. */
  readonly others?: CommitResult | undefined;
  /** With `discard`: the change that was discarded. */
  readonly discarded?: DiscardedWork | undefined;
}

/** How {@link recoverEnvironment} works. */
export interface RecoverOptions extends OperationOptions, Pick<PrefixOptions, 'target'> {
  /** Discard a change whose journal is refused: its files are moved aside, and the environment stays as it is. */
  readonly discard?: boolean | undefined;
}

/**
 * Finishes or undoes what a dead process left in the environment at the absolute path `environmentDir`. Waits for the
 * environment's lock. After a crash the next recovery does the rest. Throws ATOMIC_FS_JOURNAL_… where the journal of an
 * unfinished change is refused and `discard` is not set.
 */
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
    report = { ...recoverGenerations(environmentDir, fs), ...inPlace };
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
