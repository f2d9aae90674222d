import { type CommitResult, type Fs, nodeFs } from '@wheelwright/atomic-fs';
import type { Lock } from '@wheelwright/fslock';
import { type GenerationsRecovery, recoverGenerations } from '../generation/recover-generations.ts';
import { emptyTrash } from '../generation/retire.ts';
import type { PrefixOptions } from '../model/types.ts';
import { type DiscardedWork, discardWork, isRefusal } from './discard-work.ts';
import { lockAndRun } from './lock-environment.ts';
import { recoverPrefix } from './recover-prefix.ts';
import { writtenIn } from './report-written.ts';

/** What recovery found to do. */
export interface RecoveryReport extends GenerationsRecovery {
  /** Of an environment that is changed in place: what was left of a change, and what was done with it. */
  readonly inPlace?: 'rolled-back' | 'tidied' | 'rolled-forward' | undefined;
  /** With `rolled-forward` the paths of that change; else none. */
  readonly changed?: readonly string[] | undefined;
  /** What another program wrote into it before that change was finished, where it did: kept, and told once. */
  readonly others?: CommitResult | undefined;
  /** With `discard`: the change that was given up, because it must not be finished. */
  readonly discarded?: DiscardedWork | undefined;
}

export interface RecoverOptions extends Pick<PrefixOptions, 'target'> {
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
