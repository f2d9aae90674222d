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

/** The text of a file, or undefined where there is none. */
export function readText(file: string): string | undefined {
  return unlessAbsent(() => readFileSync(file, 'utf8'), 'EISDIR');
}

/** The text of a file, or undefined where there is none or where this user may not read it. */
export function readReadable(file: string): string | undefined {
  return unlessAbsent(() => readFileSync(file, 'utf8'), 'EISDIR', 'EACCES', 'EPERM');
}

/** The first `length` bytes of a file as text, or undefined where {@link readReadable} gives undefined. */
export function readHead(file: string, length: number): string | undefined {
  return unlessAbsent(() => readStart(file, length), 'EISDIR', 'EACCES', 'EPERM', 'ENXIO', 'EAGAIN');
}

function readStart(file: string, length: number): string {
  // A pipe of that name is not waited for.
  const fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const head = Buffer.allocUnsafe(length);
    return head.toString('utf8', 0, readSync(fd, head, 0, length, 0));
  } finally {
    closeSync(fd);
  }
}

/** The target of a link, or undefined where there is none. */
export function readLink(file: string): string | undefined {
  return unlessAbsent(() => readlinkSync(file), 'EINVAL');
}

/** The names in a directory; none where there is no directory. */
export function listNames(dir: string): string[] {
  return unlessAbsent(() => readdirSync(dir)) ?? [];
}

/** What lies at the path itself; undefined also where a file is on the way to it. */
export function lookAtEntry(at: string): Stats | undefined {
  return unlessAbsent(() => lstatSync(at));
}

/** Whether a directory lies there, or a link that leads to one. */
export function isDirectory(dir: string): boolean {
  return unlessAbsent(() => statSync(dir))?.isDirectory() === true;
}

/** Whether a directory lies there; a link to one is none. */
export function isRealDirectory(dir: string): boolean {
  return lookAtEntry(dir)?.isDirectory() === true;
}

function unlessAbsent<T>(read: () => T, ...others: readonly string[]): T | undefined {
  try {
    return read();
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP', ...others)) return undefined;
    throw error;
  }
}
