// The two renames that Node lacks: of two entries with each other, and only where nothing is replaced.
import { linkSync, lstatSync, mkdirSync, renameSync, rmdirSync, unlinkSync } from 'node:fs';
import { isErrno } from '@wheelwright/errors';
import { errnoError, isErrnoNumber } from './errno-error.ts';
import { nativeCalls } from './koffi.ts';

const noReplace = 1;
const exchange = 2;

/**
 * Swaps two existing entries of one file system in one step (RENAME_EXCHANGE): no reader ever finds either path absent.
 * False: not supported by this kernel, file system or platform, and nothing has changed. Throws `ENOENT`, `EXDEV`, ….
 */
export function renameExchange(a: string, b: string): boolean {
  const renameat2 = nativeCalls()?.renameat2;
  if (renameat2 === undefined) return false;
  const errno = renameat2(a, b, exchange);
  if (errno === 0) return true;
  if (isErrnoNumber(errno, 'ENOSYS', 'EINVAL', 'EOPNOTSUPP', 'ENOTSUP')) return false;
  throw errnoError(errno, 'renameat2', a, b);
}

/**
 * Renames unless something (of any kind, a dangling link too) already has the new name: then `'exists'`, and nothing
 * has changed. Without renameat2, a file is linked and unlinked (crash here: it has both names), a directory is renamed
 * over one made for it (crash here: an empty directory has the new name).
 */
export function renameNoReplace(from: string, to: string): 'renamed' | 'exists' {
  const errno = nativeCalls()?.renameat2?.(from, to, noReplace);
  if (errno === 0) return 'renamed';
  if (errno !== undefined) {
    if (isErrnoNumber(errno, 'EEXIST')) return 'exists';
    if (!isErrnoNumber(errno, 'ENOSYS', 'EINVAL', 'EOPNOTSUPP', 'ENOTSUP')) {
      throw errnoError(errno, 'renameat2', from, to);
    }
  }
  return lstatSync(from).isDirectory() ? renameDirectory(from, to) : renameFile(from, to);
}

function renameFile(from: string, to: string): 'renamed' | 'exists' {
  try {
    linkSync(from, to);
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return 'exists';
    throw error;
  }
  unlinkSync(from);
  return 'renamed';
}

function renameDirectory(from: string, to: string): 'renamed' | 'exists' {
  try {
    mkdirSync(to);
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return 'exists';
    throw error;
  }
  try {
    renameSync(from, to);
    return 'renamed';
  } catch (error) {
    if (isErrno(error, 'ENOTEMPTY', 'EEXIST')) return 'exists'; // another process filled it in between
    removeEmpty(to);
    throw error;
  }
}

function removeEmpty(dir: string): void {
  try {
    rmdirSync(dir);
  } catch {
    // The failure of the rename is the one to report.
  }
}
