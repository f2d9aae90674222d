// What a dead writer left of a transaction over a prefix is finished or removed. Driven by the disk alone; the first act
// of every change, of whatever kind the environment is: turning one kind into the other is such a transaction too.

import { lstatSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { type Durability, type Fs, type RecoveryReport as PrefixRecovery, recover } from '@wheelwright/atomic-fs';
import type { Lock } from '@wheelwright/fslock';
import { rootName } from '@wheelwright/python';
import { transactionRules, workDir } from '../read/prefix.ts';
import { requireOwn } from '../read/require-own-environment.ts';
import { isEmptyDirectory, removeRoot } from '../read/work-root.ts';
import { refusingRecovery } from './discard-work.ts';

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
  if (isEmptyDirectory(path.join(prefixDir, rootName))) removeRoot(prefixDir, fs);
  return report === undefined || report.outcome === 'clean' ? undefined : report;
}
