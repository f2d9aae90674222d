// The directory, one for each user of a machine, for the gate files that must not stand beside locked files.
import { lstatSync, mkdirSync } from 'node:fs';
import { isErrno } from '@wheelwright/errors';

/** The directory, created if `make` is true; undefined when it cannot be created or others may write to it. */
export function runDir(make: boolean): string | undefined {
  const uid = process.getuid?.();
  if (uid === undefined) return undefined;
  // Not os.tmpdir(): two jobs with different TMPDIR must use the same gates.
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
