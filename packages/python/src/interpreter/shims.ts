// Executables that are not interpreters but choose one, as pyenv's: scripts in `<root>/shims` that look at the working
// directory and at variables. They answer only for the versions that are switched on; the others lie beside them.
import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import path from 'node:path';
import { isErrno } from '@wheelwright/errors';

/** Whether `file` is a script instead of a program. */
export function isScriptFile(file: string): boolean {
  const fd = openSync(file, 'r');
  try {
    const head = Buffer.alloc(2);
    return readSync(fd, head, 0, 2, 0) === 2 && head.toString('latin1') === '#!';
  } finally {
    closeSync(fd);
  }
}

/** The executables that the shim at `file` could choose, newest version first; none if `file` is not a shim of pyenv. */
export function shimChoices(file: string): string[] {
  const dir = path.dirname(file);
  if (path.basename(dir) !== 'shims') return [];
  const versionsDir = path.join(path.dirname(dir), 'versions');
  return listNames(versionsDir)
    .filter((name) => /^\d+\.\d+/.test(name))
    .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
    .map((name) => path.join(versionsDir, name, 'bin', path.basename(file)));
}

function listNames(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return [];
    throw error;
  }
}
