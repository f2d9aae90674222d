// Opens what is locked: a lock file, made where it is absent, or a directory. Never follows a link in the last place,
// never creates over something that is there, never removes anything.
import { closeSync, constants, fstatSync, lstatSync, openSync } from 'node:fs';
import { isErrno } from '@wheelwright/errors';
import { LockError } from './lock-error.ts';

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR } = constants;

/** Which file a descriptor or a path leads to. */
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

/** Opens `path` for locking. Throws FSLOCK_UNSAFE_PATH for a link, pipe, socket or device; what the disk says else. */
export function openLockFile(path: string): LockFile {
  return examined(path, openAny(path));
}

/** Opens `path` for looking at it; undefined where nothing is. */
export function openExisting(path: string): LockFile | undefined {
  const opened = openOr(path, O_RDONLY | O_NONBLOCK, 'ENOENT', 'ENOTDIR');
  return opened && examined(path, opened);
}

/** Whether `path` still leads to the file that is open. Another one, and a lock on the open one excludes nobody. */
export function isCurrent(file: Inode, path: string): boolean {
  const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return stats !== undefined && stats.dev === file.dev && stats.ino === file.ino;
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
      // Only ever exclusively: in sticky directories Linux refuses O_CREAT over a file of another user.
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
    hint: 'Name the real path of a file or directory.',
    data: { path },
    cause,
  });
}
