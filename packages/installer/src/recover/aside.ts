// `.wheelwright/aside/<number>/`: files that were in the way of a repair, or that belong to a change that was given up. No
// program reads or deletes them; people do.
import path from 'node:path';
import { type Fs, listNames } from '@wheelwright/atomic-fs';
import { isErrno } from '@wheelwright/errors';
import { environmentPaths } from '@wheelwright/python';

/** The name of the directory in `.wheelwright`. */
export const asideName = 'aside';

/** Makes an empty numbered directory in it and returns its path. The environment's lock is held. */
export function makeAsideDir(environmentDir: string, fs: Fs): string {
  const asideDir = path.join(environmentPaths(environmentDir).root, asideName);
  try {
    fs.mkdir(asideDir, 0o700);
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error;
  }
  const last = Math.max(0, ...listNames(asideDir).map(Number).filter(Number.isInteger));
  const lastDir = path.join(asideDir, String(last));
  // crash after making a directory: the next call uses it.
  if (last > 0 && listNames(lastDir).length === 0) return lastDir;
  const dir = path.join(asideDir, String(last + 1));
  fs.mkdir(dir, 0o700);
  return dir;
}
