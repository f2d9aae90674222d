// Discards a change of a dead process whose journal is refused: damaged, of a newer version, or of another user. Everything
// that belongs to the change is renamed aside in one step, unread, and the state of each of its paths is reported.
import { realpathSync } from 'node:fs';
import path from 'node:path';
import {
  AtomicFsError,
  type AtomicFsErrorCode,
  describeJournal,
  type Fs,
  lookAtEntry,
  syncDirectory,
  type UnfinishedPath,
  whyRefused,
} from '@wheelwright/atomic-fs';
import { environmentPaths } from '@wheelwright/python';
import { workDir } from '../read/prefix.ts';
import { makeAsideDir } from './aside.ts';

/** A change that was discarded. */
export interface DiscardedWork {
  /** Absolute directory that holds its journal, and the files that it had staged and replaced. */
  readonly keptAt: string;
  /** The paths that it would have changed; undefined where its journal does not say. */
  readonly paths: readonly UnfinishedPath[] | undefined;
}

const refusals: readonly AtomicFsErrorCode[] = [
  'ATOMIC_FS_JOURNAL_NEWER',
  'ATOMIC_FS_JOURNAL_DAMAGED',
  'ATOMIC_FS_JOURNAL_FOREIGN',
  'ATOMIC_FS_STAGED_LOST',
  'ATOMIC_FS_UNSAFE_PATH',
];

/** Runs a recovery; where it is refused, the error has `data.refused` and says that the change can be discarded. */
export function refusingRecovery<T>(recovery: () => T): T {
  try {
    return recovery();
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const hint = `${error.hint?.split(/[;,] or give/)[0] ?? 'Restore it'}; or discard the change, which keeps its files aside.`;
    throw new AtomicFsError(error.code, error.message, { hint, cause: error, data: { ...error.data, refused: true } });
  }
}

/** Why a recovery of the environment would be refused, in a sentence; undefined: it would not. Needs no lock. */
export function refusedWork(environmentDir: string): string | undefined {
  const error = whyRefused(realpathSync(environmentDir), { workDir });
  return isRefusal(error) ? error.message : undefined;
}

/** Whether `error` refuses a recovery; other errors mean that a recovery failed. */
export function isRefusal(error: unknown): error is AtomicFsError {
  return error instanceof AtomicFsError && refusals.includes(error.code);
}

/** Discards the unfinished change of the environment, whose lock is held; undefined where there is none. */
export function discardWork(environmentDir: string, fs: Fs): DiscardedWork | undefined {
  const prefixDir = realpathSync(environmentDir);
  const at = path.join(prefixDir, workDir);
  if (lookAtEntry(at) === undefined) return undefined;
  const paths = describeJournal(prefixDir, { workDir });
  const asideDir = makeAsideDir(prefixDir, fs);
  const keptAt = path.join(asideDir, path.basename(workDir));
  // THE DECISION: without its journal there is nothing to recover.   crash before: refused as it was; after: discarded.
  fs.rename(at, keptAt);
  syncDirectory(asideDir, { fs });
  syncDirectory(environmentPaths(prefixDir).root, { fs });
  return { keptAt, paths };
}
