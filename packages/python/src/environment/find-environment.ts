// Finds the environment of a command: the named one, else the active one, else the nearest `.venv`, else conda's.
import { existsSync, lstatSync, statSync } from 'node:fs';
import path from 'node:path';
import { PythonError } from '../python-error.ts';
import { type Environment, readEnvironment } from './environment.ts';
import { readMakeup } from './surviving-facts.ts';

/** Where {@link findEnvironment} looks. */
export interface FindEnvironmentOptions {
  /** An absolute path: of the environment, or of the python in it. Nothing else is looked at then. */
  readonly explicit?: string | undefined;
  /** VIRTUAL_ENV. */
  readonly virtualEnv?: string | undefined;
  /** Where the search for `.venv` starts; it goes upwards from there. */
  readonly workingDir: string;
  /** CONDA_PREFIX. */
  readonly condaPrefix?: string | undefined;
}

/**
 * Reads the environment that is meant. A named or active environment that does not exist is an error, so that a command
 * never changes another one instead.
 *
 * Throws ENVIRONMENT_NOT_FOUND, and what readEnvironment throws.
 */
export function findEnvironment(options: FindEnvironmentOptions): Environment {
  const { dir, variable } = findEnvironmentDir(options);
  return variable === undefined ? readEnvironment(dir) : readActive(dir, variable);
}

/** The directory that is meant, whatever its content, and the variable that named it. Throws ENVIRONMENT_NOT_FOUND. */
export function findEnvironmentDir(options: FindEnvironmentOptions): {
  readonly dir: string;
  readonly variable?: string | undefined;
} {
  const { explicit, virtualEnv, workingDir, condaPrefix } = options;
  if (explicit !== undefined) return { dir: environmentDirOf(explicit) };
  if (virtualEnv) return { dir: withoutSlash(virtualEnv), variable: 'VIRTUAL_ENV' };
  const near = findUpwards(workingDir);
  if (near !== undefined) return { dir: near };
  if (condaPrefix) return { dir: withoutSlash(condaPrefix), variable: 'CONDA_PREFIX' };
  throw new PythonError(
    'ENVIRONMENT_NOT_FOUND',
    `No environment is active and there is no .venv in or above ${workingDir}.`,
    {
      hint: 'Create one, or name one.',
      data: { path: workingDir },
    },
  );
}

function withoutSlash(dir: string): string {
  return path.normalize(dir).replace(/(.)\/$/, '$1');
}

/** `env` of `env`, of `env/bin` and of `env/bin/python`. Links are not followed: the python is one, to the base. */
function environmentDirOf(explicit: string): string {
  const named = withoutSlash(explicit);
  if (statSync(named, { throwIfNoEntry: false })?.isDirectory()) {
    const parent = path.dirname(named);
    const isBin = path.basename(named) === 'bin' && !existsSync(path.join(named, 'pyvenv.cfg'));
    return isBin && existsSync(path.join(parent, 'pyvenv.cfg')) ? parent : named;
  }
  const isThere = lstatSync(named, { throwIfNoEntry: false }) !== undefined;
  return isThere && path.basename(path.dirname(named)) === 'bin' ? path.dirname(path.dirname(named)) : named;
}

function readActive(dir: string, variable: string): Environment {
  try {
    return readEnvironment(dir);
  } catch (error) {
    if (!(error instanceof PythonError) || error.code !== 'ENVIRONMENT_NOT_FOUND') throw error;
    throw new PythonError('ENVIRONMENT_NOT_FOUND', `${variable} names ${dir}, where there is no environment.`, {
      hint: `Unset ${variable}, or name an environment with --python.`,
      cause: error,
      data: { path: dir, variable },
    });
  }
}

function findUpwards(workingDir: string): string | undefined {
  for (let dir = workingDir; ; dir = path.dirname(dir)) {
    const candidate = path.join(dir, '.venv');
    // A damaged one is the one that is meant too: readMakeup knows it by whatever is left.
    if (existsSync(path.join(candidate, 'pyvenv.cfg')) || readMakeup(candidate) !== undefined) return candidate;
    if (path.dirname(dir) === dir) return undefined;
  }
}
