// `.wheelwright` in a prefix that is changed in place: it exists only during a change, or while it holds kept files.
import { lstatSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { Fs } from '@wheelwright/atomic-fs';
import { isErrno } from '@wheelwright/errors';
import { rootName } from '@wheelwright/python';

/** Makes the directory; it may exist already. */
export function makeRoot(prefixDir: string, fs: Fs): void {
  try {
    fs.mkdir(path.join(prefixDir, rootName));
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error;
  }
}

/** Whether `dir` is a directory with nothing in it. */
export function isEmptyDirectory(dir: string): boolean {
  return lstatSync(dir, { throwIfNoEntry: false })?.isDirectory() === true && readdirSync(dir).length === 0;
}

/** Removes the directory when it is empty. */
export function removeRoot(prefixDir: string, fs: Fs): void {
  try {
    fs.rmdir(path.join(prefixDir, rootName));
  } catch (error) {
    if (!isErrno(error, 'ENOENT', 'ENOTEMPTY', 'EEXIST')) throw error;
  }
}
