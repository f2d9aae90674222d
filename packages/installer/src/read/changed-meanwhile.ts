// A file that goes away while it is being linked is no failure of the disk: somebody else works there.
import path from 'node:path';
import { isCodedError, isErrno } from '@wheelwright/errors';
import { workDir } from './prefix.ts';

/** The path, below `dir`, of what went away; undefined: `error` tells of something else. */
export function vanishedPath(error: unknown, dir: string): string | undefined {
  if (!isErrno(error, 'ENOENT') || error.path?.startsWith(`${dir}/`) !== true) return undefined;
  const found = error.path.slice(dir.length + 1);
  return found.startsWith(`${workDir}/`) ? undefined : found;
}

class ChangedMeanwhile extends Error {
  readonly written: readonly string[];

  constructor(written: readonly string[]) {
    super(`${written.join(', ')} changed meanwhile`);
    this.written = written;
  }
}

/** For the last look of a transaction: ends it where somebody wrote, for {@link changedAt} to say what. */
export function requireUnchanged(written: readonly string[]): void {
  if (written.length > 0) throw new ChangedMeanwhile(written);
}

/** What was changed since the plan was made, or went away while it was to be linked; undefined: another failure. */
export function changedAt(error: unknown, prefixDir: string): readonly string[] | undefined {
  if (error instanceof ChangedMeanwhile) return error.written;
  if (isCodedError(error, 'ATOMIC_FS_TARGET_CHANGED')) return [path.relative(prefixDir, String(error.data.path))];
  // What was to be replaced or removed, or its directory, is gone: another program removes it.
  if (isCodedError(error, 'ATOMIC_FS_UNSAFE_PATH') && error.data.missing === true) return [String(error.data.path)];
  const vanished = vanishedPath(error, prefixDir);
  return vanished === undefined ? undefined : [vanished];
}
