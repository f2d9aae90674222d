// The way out where what a dead process left is refused: its journal is damaged, of a newer version, or another user's.
// The change is given up. All that belongs to it is renamed aside in one step, unread, and what each path is now is told.
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

/** A change that was given up. */
export interface DiscardedWork {
  /** Where its journal and what it had staged and replaced lie now. */
  readonly keptAt: string;
  /** What it would have changed; undefined where its journal does not say. */
  readonly paths: readonly UnfinishedPath[] | undefined;
}

const refusals: readonly AtomicFsErrorCode[] = [
  'ATOMIC_FS_JOURNAL_NEWER',
  'ATOMIC_FS_JOURNAL_DAMAGED',
  'ATOMIC_FS_JOURNAL_FOREIGN',
  'ATOMIC_FS_STAGED_LOST',
  'ATOMIC_FS_UNSAFE_PATH',
];

/** Runs a recovery; where it is refused, the error says how to give the change up. */
export function refusingRecovery<T>(recovery: () => T): T {
  try {
    return recovery();
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const hint = `${error.hint?.split(/[;,] or give/)[0] ?? 'Restore it'}; or give the change up with \`ww recover --discard\`, which keeps all of it aside.`;
    throw new AtomicFsError(error.code, error.message, { hint, cause: error, data: error.data });
  }
}

/** Why a recovery of the environment must not act, in a sentence; undefined: it may. For readers, who hold no lock. */
export function refusedWork(environmentDir: string): string | undefined {
  const error = whyRefused(realpathSync(environmentDir), { workDir });
  return isRefusal(error) ? error.message : undefined;
}

/** Whether a recovery must not act, as against could not. */
export function isRefusal(error: unknown): error is AtomicFsError {
  return error instanceof AtomicFsError && refusals.includes(error.code);
}

/** Gives up the change that lies in the environment, whose lock is held. */
export function discardWork(environmentDir: string, fs: Fs): DiscardedWork | undefined {
  const prefixDir = realpathSync(environmentDir);
  const at = path.join(prefixDir, workDir);
  if (lookAtEntry(at) === undefined) return undefined;
  const paths = describeJournal(prefixDir, { workDir });
  const asideDir = makeAsideDir(prefixDir, fs);
  const keptAt = path.join(asideDir, path.basename(workDir));
  // THE DECISION: without its journal there is nothing to recover.   crash before: refused as it was; after: given up.
  fs.rename(at, keptAt);
  syncDirectory(asideDir, { fs });
  syncDirectory(environmentPaths(prefixDir).root, { fs });
  return { keptAt, paths };
}
