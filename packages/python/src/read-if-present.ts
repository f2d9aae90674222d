// Reading that takes it for an answer that there is nothing to read, or something else than was looked for.
import { lstatSync, readdirSync, readFileSync, readlinkSync, type Stats } from 'node:fs';
import { isErrno } from '@wheelwright/errors';

/** The text of a file, or undefined where there is none. */
export function readText(file: string): string | undefined {
  return unlessAbsent(() => readFileSync(file, 'utf8'), 'EISDIR');
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

/** Whether a directory lies there, and no link to one. */
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
