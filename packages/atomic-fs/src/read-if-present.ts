// Reads that return undefined, or an empty list, when the path is missing or is another kind of entry.
import {
  closeSync,
  constants,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  type Stats,
  statSync,
} from 'node:fs';
import { isErrno } from '@wheelwright/errors';

/** The text of a file; undefined when it is missing. */
export function readText(file: string): string | undefined {
  return unlessAbsent(file, () => readFileSync(file, 'utf8'), 'EISDIR');
}

/** The text of a file; undefined when it is missing or this user may not read it. */
export function readReadable(file: string): string | undefined {
  return unlessAbsent(file, () => readFileSync(file, 'utf8'), 'EISDIR', 'EACCES', 'EPERM');
}

/** The first `length` bytes of a file as text; undefined as for {@link readReadable}. */
export function readHead(file: string, length: number): string | undefined {
  return unlessAbsent(file, () => readStart(file, length), 'EISDIR', 'EACCES', 'EPERM', 'ENXIO', 'EAGAIN', 'ESPIPE');
}

function readStart(file: string, length: number): string {
  // O_NONBLOCK: opening a pipe does not wait for its writer.
  const fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const head = Buffer.allocUnsafe(length);
    return head.toString('utf8', 0, readSync(fd, head, 0, length, 0));
  } finally {
    closeSync(fd);
  }
}

/** The target of a symbolic link; undefined when it is missing or no link. */
export function readLink(file: string): string | undefined {
  return unlessAbsent(file, () => readlinkSync(file), 'EINVAL');
}

/** The names in a directory; empty when it is missing or no directory. */
export function listNames(dir: string): string[] {
  return unlessAbsent(dir, () => readdirSync(dir)) ?? [];
}

/** lstat(2) of the path; undefined when it is missing, also when a parent is a file. */
export function lookAtEntry(at: string): Stats | undefined {
  return unlessAbsent(at, () => lstatSync(at));
}

/** Whether the path is a directory, or a link to one. */
export function isDirectory(dir: string): boolean {
  return unlessAbsent(dir, () => statSync(dir))?.isDirectory() === true;
}

/** Whether the path is a directory itself; a link to one does not count. */
export function isRealDirectory(dir: string): boolean {
  return lookAtEntry(dir)?.isDirectory() === true;
}

// Names the path in what else fails: an error of read(2) names none.
function unlessAbsent<T>(at: string, read: () => T, ...others: readonly string[]): T | undefined {
  try {
    return read();
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP', ...others)) return undefined;
    if (error instanceof Error && 'errno' in error && !('path' in error)) {
      error.message += ` '${at}'`;
      Object.assign(error, { path: at });
    }
    throw error;
  }
}
