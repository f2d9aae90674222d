// Looks at the directory where an environment is to be created, and decides whether it is adopted or replaced.
import { lstatSync, readdirSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { readText } from '@wheelwright/atomic-fs';
import { isErrno } from '@wheelwright/errors';
import { type Environment, readEnvironment } from '../environment/environment.ts';
import { environmentPaths } from '../environment/environment-paths.ts';
import { generationFileName, parseGeneration } from '../environment/generation.ts';
import type { Interpreter } from '../interpreter/interpreter.ts';
import { PythonError } from '../python-error.ts';

/** `'nothing'` also for an empty directory, which has no content to lose. */
export type Existing = 'nothing' | 'own' | 'plain' | 'other';

/** The kind of content at `dir`, from its names alone, so a damaged environment counts as one. */
export function lookAt(dir: string): Existing {
  let names: string[];
  try {
    names = readdirSync(dir);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return 'nothing';
    if (isErrno(error, 'ENOTDIR')) return 'other';
    throw error;
  }
  if (names.length === 0) return 'nothing';
  if (lstatSync(environmentPaths(dir).format, { throwIfNoEntry: false })) return 'own';
  return names.includes('pyvenv.cfg') ? 'plain' : 'other';
}

/** `dir`, or where it leads when it is itself a link: a link cannot be replaced by a directory in one step. */
export function placeOf(dir: string): string {
  if (!lstatSync(dir, { throwIfNoEntry: false })?.isSymbolicLink()) return dir;
  try {
    return realpathSync(dir);
  } catch (cause) {
    if (!isErrno(cause, 'ENOENT', 'ELOOP')) throw cause;
    throw new PythonError('ENVIRONMENT_EXISTS', `${dir} is a link that leads nowhere.`, {
      hint: 'Remove it.',
      cause,
      data: { path: dir },
    });
  }
}

/** The environment at `dir` for one who asked for a new one like it; ENVIRONMENT_EXISTS where it is not like it. */
export function adoptEnvironment(
  dir: string,
  existing: Existing,
  interpreter: Pick<Interpreter, 'executable' | 'version'>,
  layout: 'own' | 'shared' | 'plain' = 'own',
): Environment {
  if (existing !== (layout === 'plain' ? 'plain' : 'own')) {
    const what =
      existing === 'plain' || existing === 'own'
        ? 'an environment of another kind'
        : 'something that is not an environment';
    // An environment of the other kind can be converted to the wanted one.
    const wanted = layout === 'shared' || existing === 'other' ? undefined : layout;
    throw existsError(dir, what, existing === 'plain' || existing === 'own', wanted);
  }
  const environment = readEnvironment(dir);
  const wanted = interpreter.version.slice(0, 2).join('.');
  const found = environment.pythonVersion.split('.').slice(0, 2).join('.');
  if (found !== wanted) throw existsError(dir, `an environment of Python ${found}, not ${wanted}`, true);
  if (layout === 'shared' && !isShared(dir)) throw existsError(dir, 'an environment that shares nothing', true);
  return environment;
}

function isShared(dir: string): boolean {
  const file = path.join(environmentPaths(dir).current, generationFileName);
  return parseGeneration(readText(file) ?? '', file).shared !== undefined;
}

/** Refuses to delete a directory that is not an environment, so that a typing error does not cost a source tree. */
export function requireReplaceable(dir: string, existing: Existing): void {
  if (existing !== 'other') return;
  throw new PythonError('ENVIRONMENT_FOREIGN', `${dir} is not a virtual environment, so it is not replaced by one.`, {
    hint: 'Remove it by hand, or choose another directory.',
    data: { path: dir },
  });
}

function existsError(dir: string, what: string, replaceable: boolean, wanted?: 'own' | 'plain'): PythonError {
  return new PythonError('ENVIRONMENT_EXISTS', `${dir} holds ${what}.`, {
    hint: replaceable ? 'Replace it (`clear`), or choose another directory.' : 'Choose another directory.',
    data: { path: dir, name: path.basename(dir), wanted },
  });
}
