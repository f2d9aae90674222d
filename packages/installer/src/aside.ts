// The place in an environment for what was in the way and nobody may throw away: `.wheelwright/aside/<number>/`. Nothing
// here reads it again; people do.
import path from 'node:path';
import type { Fs } from '@wheelwright/atomic-fs';
import { isErrno } from '@wheelwright/errors';
import { environmentPaths, listNames } from '@wheelwright/python';

/** Its name below `.wheelwright`. */
export const asideName = 'aside';

/** A new, empty directory in it. */
export function makeAsideDir(environmentDir: string, fs: Fs): string {
  const asideDir = path.join(environmentPaths(environmentDir).root, asideName);
  try {
    fs.mkdir(asideDir, 0o700);
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error;
  }
  const number = Math.max(0, ...listNames(asideDir).map(Number).filter(Number.isInteger)) + 1;
  const dir = path.join(asideDir, String(number));
  fs.mkdir(dir, 0o700);
  return dir;
}
