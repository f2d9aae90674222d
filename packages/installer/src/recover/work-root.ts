// The directory of our own in a prefix that is changed in place: there only during work, or while something is kept.

import { lstatSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { Fs } from '@wheelwright/atomic-fs';
import { isErrno } from '@wheelwright/errors';
import { rootName } from '@wheelwright/python';

export function makeRoot(prefixDir: string, fs: Fs): void {
  try {
    fs.mkdir(path.join(prefixDir, rootName));
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error;
  }
}

export function isEmpty(dir: string): boolean {
  return lstatSync(dir, { throwIfNoEntry: false })?.isDirectory() === true && readdirSync(dir).length === 0;
}

/** Removes the directory of our own when nothing is in it. */
export function removeRoot(prefixDir: string, fs: Fs): void {
  try {
    fs.rmdir(path.join(prefixDir, rootName));
  } catch (error) {
    if (!isErrno(error, 'ENOENT', 'ENOTEMPTY', 'EEXIST')) throw error;
  }
}
