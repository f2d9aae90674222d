// What a dead writer left of a transaction over a prefix is finished or removed. Driven by the disk alone; the first act
// of every change, of whatever kind the environment is: turning one kind into the other is such a transaction too.

import { lstatSync, realpathSync } from 'node:fs';
import path from 'node:path';
import {
  type Durability,
  type Fs,
  needsRecovery,
  type RecoveryReport as PrefixRecovery,
  recover,
} from '@wheelwright/atomic-fs';
import type { Lock } from '@wheelwright/fslock';
import { rootName } from '@wheelwright/python';
import { hasGenerations, transactionRules, workDir } from '../read/prefix.ts';
import { requireOwn } from '../read/require-own-environment.ts';
import { refusingRecovery } from './discard-work.ts';
import { isEmpty, removeRoot } from './work-root.ts';

export interface RecoverPrefixOptions {
  /** The environment's, held. */
  readonly lock: Lock;
  readonly fs: Fs;
  readonly durability: Durability;
}

/** What was done; undefined where there was nothing to do. */
export function recoverPrefix(
  environmentDir: string,
  { lock, fs, durability }: RecoverPrefixOptions,
): PrefixRecovery | undefined {
  requireOwn(environmentDir);
  const prefixDir = realpathSync(environmentDir);
  const found = lstatSync(path.join(prefixDir, workDir), { throwIfNoEntry: false });
  const report = found && refusingRecovery(() => recover(prefixDir, { lock, ...transactionRules, fs, durability }));
  if (!hasGenerations(prefixDir)) removeRoot(prefixDir, fs);
  return report === undefined || report.outcome === 'clean' ? undefined : report;
}

/** Whether there is anything for it to do; for readers, who hold no lock and change nothing. */
export function prefixNeedsRecovery(environmentDir: string): boolean {
  if (needsRecovery(environmentDir, { workDir })) return true;
  // What a writer leaves that dies before its first, or after its last file.
  return [rootName, workDir].some((name) => isEmpty(path.join(environmentDir, name)));
}
