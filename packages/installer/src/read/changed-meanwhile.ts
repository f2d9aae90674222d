// A file that goes away while it is being linked is no failure of the disk: somebody else works there.
import { isErrno } from '@wheelwright/errors';
import { workDir } from './prefix.ts';

/** The path, below `dir`, of what went away; undefined: `error` tells of something else. */
export function vanishedPath(error: unknown, dir: string): string | undefined {
  if (!isErrno(error, 'ENOENT') || error.path?.startsWith(`${dir}/`) !== true) return undefined;
  const found = error.path.slice(dir.length + 1);
  return found.startsWith(`${workDir}/`) ? undefined : found;
}
