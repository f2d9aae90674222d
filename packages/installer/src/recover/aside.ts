// The place in an environment for what was in the way and nobody may throw away: `.wheelwright/aside/<number>/`. Nothing
// here reads it again; people do.
import path from 'node:path';
import { type Fs, listNames } from '@wheelwright/atomic-fs';
import { isErrno } from '@wheelwright/errors';
import { environmentPaths } from '@wheelwright/python';

/** Its name below `.wheelwright`. */
export const asideName = 'aside';

/** An empty directory in it, under the environment's lock. */
export function makeAsideDir(environmentDir: string, fs: Fs): string {
  const asideDir = path.join(environmentPaths(environmentDir).root, asideName);
  try {
    fs.mkdir(asideDir, 0o700);
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error;
  }
  const last = Math.max(0, ...listNames(asideDir).map(Number).filter(Number.isInteger));
  const lastDir = path.join(asideDir, String(last));
  // crash after making one: it is the next one's.
  if (last > 0 && listNames(lastDir).length === 0) return lastDir;
  const dir = path.join(asideDir, String(last + 1));
  fs.mkdir(dir, 0o700);
  return dir;
}
