// Finishes or removes the transaction over a prefix that a dead process left, by the disk alone. Every change begins with
// it, in every layout: a conversion from one layout into another is such a transaction too.

import { lstatSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { type Durability, type Fs, type RecoveryReport as PrefixRecovery, recover } from '@wheelwright/atomic-fs';
import type { Lock } from '@wheelwright/fslock';
import { rootName } from '@wheelwright/python';
import { transactionRules, workDir } from '../read/prefix.ts';
import { requireOwn } from '../read/require-own-environment.ts';
import { isEmptyDirectory, removeRoot } from '../read/work-root.ts';
import { refusingRecovery } from './discard-work.ts';

/** What recovery works with. */
export interface RecoverPrefixOptions {
  /** The environment's lock, held. */
  readonly lock: Lock;
  readonly fs: Fs;
  readonly durability: Durability;
}

/** Recovers the prefix and returns what was done; undefined where there was nothing to do. Throws what `recover` throws. */
export function recoverPrefix(
  environmentDir: string,
  { lock, fs, durability }: RecoverPrefixOptions,
): PrefixRecovery | undefined {
  requireOwn(environmentDir);
  const prefixDir = realpathSync(environmentDir);
  const found = lstatSync(path.join(prefixDir, workDir), { throwIfNoEntry: false });
  const report = found && refusingRecovery(() => recover(prefixDir, { lock, ...transactionRules, fs, durability }));
  // With generations the directory is never empty, and stays.
  if (found !== undefined || isEmptyDirectory(path.join(prefixDir, rootName))) removeRoot(prefixDir, fs);
  return report === undefined || report.outcome === 'clean' ? undefined : report;
}
