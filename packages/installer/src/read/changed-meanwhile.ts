// Errors that mean that another program wrote into the prefix: a file that vanished while it was linked, for instance.
import path from 'node:path';
import { isCodedError, isErrno } from '@wheelwright/errors';
import { workDir } from './prefix.ts';

/** The path, relative to `dir`, of the file that vanished; undefined: `error` has another cause. */
export function vanishedPath(error: unknown, dir: string): string | undefined {
  if (!isErrno(error, 'ENOENT') || error.path?.startsWith(`${dir}/`) !== true) return undefined;
  const found = error.path.slice(dir.length + 1);
  return found.startsWith(`${workDir}/`) ? undefined : found;
}

/** Ends a transaction whose paths changed since they were planned. */
class ChangedMeanwhile extends Error {
  readonly written: readonly string[];

  constructor(written: readonly string[]) {
    super(`${written.join(', ')} changed meanwhile`);
    this.written = written;
  }
}

/** For the last look of a transaction: throws where `written` names paths, which {@link changedAt} returns then. */
export function requireUnchanged(written: readonly string[]): void {
  if (written.length > 0) throw new ChangedMeanwhile(written);
}

/** The paths that another program changed or removed since the plan was made; undefined: `error` has another cause. */
export function changedAt(error: unknown, prefixDir: string): readonly string[] | undefined {
  if (error instanceof ChangedMeanwhile) return error.written;
  if (isCodedError(error, 'ATOMIC_FS_TARGET_CHANGED')) return [path.relative(prefixDir, String(error.data.path))];
  // A path to replace or remove, or its directory, is gone: another program removed it.
  if (isCodedError(error, 'ATOMIC_FS_UNSAFE_PATH') && error.data.missing === true) return [String(error.data.path)];
  const vanished = vanishedPath(error, prefixDir);
  return vanished === undefined ? undefined : [vanished];
}
