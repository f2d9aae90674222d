// Refuses an environment whose bookkeeping belongs to another user or is behind links: a link in place of a directory would
// let the removal of leftovers reach anywhere, and another user's pointer would decide what a command of root does.
import { lstatSync, type Stats } from 'node:fs';
import { environmentPaths } from '@wheelwright/python';
import { InstallError } from '../model/install-error.ts';

/**
 * Throws INSTALL_UNSAFE_ENVIRONMENT unless everything that changes and recoveries read is a real directory (the pointer: a
 * link) that belongs to this user or to root. Follows no link, changes nothing.
 */
export function requireOwn(environmentDir: string): void {
  const { root, format, generations, staging, trash, current } = environmentPaths(environmentDir);
  for (const dir of [root, generations, staging, trash]) {
    const stats = lstatSync(dir, { throwIfNoEntry: false });
    if (stats === undefined) continue;
    if (!stats.isDirectory()) throw refused(dir, 'is not a directory of its own');
    requireOwner(dir, stats);
  }
  const pointer = lstatSync(current, { throwIfNoEntry: false });
  if (pointer !== undefined) requireOwner(current, pointer);
  // The owner of the directory can exchange these entries. A transaction over a prefix checks its owner itself.
  const isMarked = lstatSync(format, { throwIfNoEntry: false }) !== undefined;
  if (isMarked || pointer !== undefined) requireOwner(environmentDir, lstatSync(`${environmentDir}/.`));
}

function requireOwner(path: string, { uid }: Stats): void {
  const own = process.geteuid?.();
  if (own !== undefined && uid !== own && uid !== 0) throw refused(path, `belongs to another user (id ${uid})`, uid);
}

function refused(path: string, why: string, owner?: number): InstallError {
  const hint =
    owner === undefined
      ? 'Make it a directory again, or make a new environment.'
      : `Run the command as that user, or take the environment over with chown -R.`;
  return new InstallError('INSTALL_UNSAFE_ENVIRONMENT', `${path} ${why}, so nothing was changed.`, {
    hint,
    data: { path, owner, committed: false },
  });
}
