// Finds, reads and checks lock files (PEP 751).
import { existsSync } from 'node:fs';
import path from 'node:path';
import { isCodedError } from '@wheelwright/errors';
import { isPylockFilename, type Pylock, parsePylock } from '@wheelwright/packaging';
import { WheelwrightError } from '../tool/wheelwright-error.ts';

/** A lock and its path. */
export interface LockFile {
  /** Absolute. */
  readonly path: string;
  readonly lock: Pylock;
}

/** Whether a file name is that of a lock. */
export function isLockFile(file: string): boolean {
  return isPylockFilename(path.basename(file));
}

/** `pylock.toml` in `workingDir` or above, beside the nearest pyproject.toml; undefined if there is neither. */
export function findLockPath(workingDir: string): string | undefined {
  for (let dir = workingDir; ; dir = path.dirname(dir)) {
    const lockPath = path.join(dir, 'pylock.toml');
    if (existsSync(lockPath)) return lockPath;
    if (existsSync(path.join(dir, 'pyproject.toml')) || path.dirname(dir) === dir) return undefined;
  }
}

/**
 * The lock at the absolute `lockPath`; undefined if the file does not exist.
 * @throws WheelwrightError WHEELWRIGHT_BAD_INPUT if it is not TOML; PackagingError PACKAGING_INVALID_PYLOCK if it breaks
 * the specification.
 */
export async function readLock(lockPath: string): Promise<LockFile | undefined> {
  const { readTomlFile } = await import('@wheelwright/pep517');
  try {
    const values = readTomlFile(lockPath);
    return values === undefined ? undefined : { path: lockPath, lock: parsePylock(values) };
  } catch (cause) {
    if (!isCodedError(cause)) throw cause;
    throw new WheelwrightError('WHEELWRIGHT_BAD_INPUT', `${lockPath}: ${cause.message}`, {
      cause,
      hint: cause.hint ?? 'Lock again.',
      data: { path: lockPath, ...cause.data },
    });
  }
}
