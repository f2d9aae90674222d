// Which environment a command is about: what was named, else what is active, else the nearest `.venv`, else conda's.
import { existsSync, lstatSync, statSync } from 'node:fs';
import path from 'node:path';
import { type Environment, readEnvironment } from './environment.ts';
import { environmentPaths } from './environment-paths.ts';
import { PythonError } from './python-error.ts';

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
 * Reads the environment that is meant. One that is named or active but not there is an error, never passed over: a
 * command must not change another one instead.
 *
 * Throws ENVIRONMENT_NOT_FOUND, and what readEnvironment throws.
 */
export function findEnvironment(options: FindEnvironmentOptions): Environment {
  const { explicit, virtualEnv, workingDir, condaPrefix } = options;
  if (explicit !== undefined) return readEnvironment(environmentDirOf(explicit));
  if (virtualEnv) return readActive(virtualEnv, 'VIRTUAL_ENV');
  const near = findUpwards(workingDir);
  if (near !== undefined) return readEnvironment(near);
  if (condaPrefix) return readActive(condaPrefix, 'CONDA_PREFIX');
  throw new PythonError(
    'ENVIRONMENT_NOT_FOUND',
    `No environment is active and there is no .venv in or above ${workingDir}.`,
    {
      hint: 'Make one with `ww venv`, or name one with --python.',
      data: { path: workingDir },
    },
  );
}

/** `env` of `env`, of `env/bin` and of `env/bin/python`. Links are not followed: the python is one, to the base. */
function environmentDirOf(explicit: string): string {
  const named = path.normalize(explicit).replace(/(.)\/$/, '$1');
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
    return readEnvironment(path.normalize(dir).replace(/(.)\/$/, '$1'));
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
    const paths = environmentPaths(candidate);
    if (existsSync(paths.pyvenvCfg) || existsSync(paths.format)) return candidate;
    if (path.dirname(dir) === dir) return undefined;
  }
}
