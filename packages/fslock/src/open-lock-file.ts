// Opens a lock file, creating it when it is absent, or a directory to be locked. It never follows a link in the last
// path component, never creates over an existing entry and never removes one.
import { closeSync, constants, fstatSync, lstatSync, openSync, unlinkSync } from 'node:fs';
import { isErrno } from '@wheelwright/errors';
import { LockError } from './lock-error.ts';

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR } = constants;

/** The identity of a file. */
export interface Inode {
  readonly dev: bigint;
  readonly ino: bigint;
}

/** An open lock file or directory. */
export interface LockFile extends Inode {
  readonly fd: number;
  readonly kind: 'file' | 'directory';
  readonly writable: boolean;
}

/** Opens `path` for locking. Throws FSLOCK_UNSAFE_PATH for a link, pipe, socket or device; other disk errors pass. */
export function openLockFile(path: string): LockFile {
  return examined(path, openAny(path));
}

/** Opens `path` for inspection; undefined when it does not exist. */
export function openExisting(path: string): LockFile | undefined {
  const opened = openOr(path, O_RDONLY | O_NONBLOCK, 'ENOENT', 'ENOTDIR');
  return opened && examined(path, opened);
}

/** Whether `path` still leads to the open file. If it leads to another, a lock on the open file excludes no one. */
export function isCurrent(file: Inode, path: string): boolean {
  const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return stats !== undefined && stats.dev === file.dev && stats.ino === file.ino;
}

/** Removes a lock file that this process holds. */
export function removeFile(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // The file may stay: without an open descriptor it locks nothing.
  }
}

function examined(path: string, { fd, writable }: Opened): LockFile {
  try {
    const stats = fstatSync(fd, { bigint: true });
    if (!stats.isFile() && !stats.isDirectory()) throw unsafe(path, 'is neither a file nor a directory');
    return { fd, writable, kind: stats.isFile() ? 'file' : 'directory', dev: stats.dev, ino: stats.ino };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

interface Opened {
  readonly fd: number;
  readonly writable: boolean;
}

function openAny(path: string): Opened {
  for (;;) {
    const opened =
      openOr(path, O_RDWR | O_NONBLOCK, 'ENOENT', 'EISDIR', 'EACCES', 'EPERM', 'EROFS') ??
      openOr(path, O_RDONLY | O_NONBLOCK, 'ENOENT') ??
      // Always with O_EXCL: in sticky directories Linux refuses O_CREAT over another user's file (proc(5), protected_regular).
      openOr(path, O_RDWR | O_CREAT | O_EXCL, 'EEXIST');
    if (opened !== undefined) return opened;
  }
}

function openOr(path: string, flags: number, ...expected: string[]): Opened | undefined {
  try {
    return { fd: openSync(path, flags | O_NOFOLLOW, 0o666), writable: (flags & O_RDWR) !== 0 };
  } catch (error) {
    if (isErrno(error, ...expected)) return undefined;
    if (isErrno(error, 'ELOOP')) throw unsafe(path, 'is a symbolic link', error);
    if (isErrno(error, 'ENXIO')) throw unsafe(path, 'is neither a file nor a directory', error);
    throw error;
  }
}

function unsafe(path: string, reason: string, cause?: unknown): LockError {
  return new LockError('FSLOCK_UNSAFE_PATH', `${path} cannot be locked: it ${reason}.`, {
    hint: 'Pass the real path of a file or directory.',
    data: { path },
    cause,
  });
}
