// The last two steps of every change by one pointer: a rename, then a sync of the directory that contains it.
import path from 'node:path';
import { ignoreFailure } from '@wheelwright/errors';
import { AtomicFsError, reasonOf } from './atomic-fs-error.ts';
import type { Fs } from './ports.ts';
import { type Durability, syncDirectory } from './sync.ts';

/** Renames over `target`. A failing rename removes the temporary; a failing sync says that the change was made. */
export function commitRename(fs: Fs, temporaryPath: string, target: string, durability: Durability): void {
  try {
    fs.rename(temporaryPath, target);
  } catch (error) {
    ignoreFailure(() => fs.unlink(temporaryPath));
    throw error;
  }
  if (durability === 'full') syncCommitted(fs, path.dirname(target), target);
}

/** Syncs `dir` after a change to `target` that is already visible: a failure is `ATOMIC_FS_NOT_DURABLE`. */
export function syncCommitted(fs: Fs, dir: string, target: string): void {
  try {
    syncDirectory(dir, { fs });
  } catch (error) {
    throw notDurable(target, error);
  }
}

/** The error for a failed sync after a change to `target` that is already visible. */
export function notDurable(target: string, cause: unknown): AtomicFsError {
  const { why, data } = reasonOf(cause);
  const message = `${target} was changed, but its directory could not be synced: ${why}.`;
  return new AtomicFsError('ATOMIC_FS_NOT_DURABLE', message, {
    hint: 'The change is in place; whether it stays through a power cut is not known. Check the disk.',
    cause,
    data: { ...data, path: target, committed: true },
  });
}
