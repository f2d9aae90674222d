// What is acted upon in an environment is its user's own: a link in the place of a directory would let the removal of
// leftovers reach anywhere, and somebody else's pointer would decide what a command run as root does.
import { lstatSync, type Stats } from 'node:fs';
import { environmentPaths } from '@wheelwright/python';
import { InstallError } from '../model/install-error.ts';

/**
 * Throws INSTALL_UNSAFE_ENVIRONMENT unless all that changes and recoveries go by is a directory of its own (the pointer
 * a link) and belongs to this user or to root. Nothing is followed and nothing changed.
 */
export function requireOwn(environmentDir: string): void {
  const { root, format, generations, staging, trash, current } = environmentPaths(environmentDir);
  for (const dir of [root, generations, staging, trash]) {
    const stats = lstatSync(dir, { throwIfNoEntry: false });
    if (stats === undefined) continue;
    if (!stats.isDirectory()) throw refused(dir, 'is no directory of its own');
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
      ? 'Make it a directory again, or make the environment anew with `ww venv --clear`.'
      : `Run the command as that user, or take the environment over with chown -R.`;
  return new InstallError('INSTALL_UNSAFE_ENVIRONMENT', `${path} ${why}, so nothing was changed.`, {
    hint,
    data: { path, owner, committed: false },
  });
}
