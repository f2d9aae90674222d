// The one directory of a user, on this machine, for what must not lie beside the locked files.
import { lstatSync, mkdirSync } from 'node:fs';
import { isErrno } from '@wheelwright/errors';

/** The directory, made if need be; undefined where it cannot be had or cannot be trusted. */
export function runDir(make: boolean): string | undefined {
  const uid = process.getuid?.();
  if (uid === undefined) return undefined;
  // Not os.tmpdir(): jobs with a TMPDIR each must still meet.
  const dir = `/tmp/fslock-${uid}`;
  const stats = lstatSync(dir, { throwIfNoEntry: false });
  if (stats === undefined) return make && created(dir) ? dir : undefined;
  return stats.isDirectory() && stats.uid === uid && (stats.mode & 0o022) === 0 ? dir : undefined;
}

function created(dir: string): boolean {
  try {
    mkdirSync(dir, { mode: 0o700 });
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) return false;
  }
  return runDir(false) !== undefined;
}
