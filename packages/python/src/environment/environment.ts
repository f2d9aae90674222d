// Reads an environment from the disk without starting Python. Its kind decides which protocol may change it.
import { type Dirent, existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { readLink, readText } from '@wheelwright/atomic-fs';
import { isErrno } from '@wheelwright/errors';
import { findBaseExecutable } from '../interpreter/base-executable.ts';
import { parsePyvenvCfg, statedPrompt, statedVersion } from '../interpreter/pyvenv-cfg.ts';
import { PythonError } from '../python-error.ts';
import { environmentFormat, environmentPaths, parseGenerationTarget } from './environment-paths.ts';
import { isBareVenv, lacksFormat, versionOf } from './surviving-facts.ts';

/**
 * `'own'`: generations behind one pointer. `'plain'`: an ordinary venv. `'foreign'`: a prefix without `pyvenv.cfg`.
 * `'target'`: a directory named as one by the caller, never found by a search.
 */
export type EnvironmentKind = 'own' | 'plain' | 'foreign' | 'target';

/** An environment as it is on the disk. */
export interface Environment {
  /** Absolute, as it was asked for: links in it are not followed, because scripts name this path. */
  readonly dir: string;
  /** Which protocol may change it. */
  readonly kind: EnvironmentKind;
  /** The real interpreter behind it. It may be gone, when the system's Python was replaced; then what `home` says. */
  readonly interpreterExecutable: string;
  /** `3.11.7` where something states it; of a foreign prefix perhaps only `3.11`. */
  readonly pythonVersion: string;
  /** Name of its directory in `lib`: `python3.11`. */
  readonly libDirName: string;
  /** Through the stable path, never through a generation. */
  readonly sitePackages: string;
  /** Of an own environment: the number that `current` names. */
  readonly generation?: number | undefined;
  /** The name that pyvenv.cfg states for the shell's prompt. */
  readonly prompt?: string | undefined;
  /** Whether the base interpreter's packages are importable. */
  readonly systemSitePackages: boolean;
}

/**
 * Reads the environment at the absolute path `dir`.
 *
 * Throws ENVIRONMENT_NOT_FOUND where none is, ENVIRONMENT_DAMAGED where one of ours lacks its pointer or its
 * `pyvenv.cfg`, ENVIRONMENT_NEWER_FORMAT where a newer version made it, ENVIRONMENT_FOREIGN for Debian's own Python. Starts no process and changes nothing.
 */
export function readEnvironment(dir: string): Environment {
  const paths = environmentPaths(dir);
  const cfgText = readText(paths.pyvenvCfg);
  const formatText = readText(paths.format);
  if (cfgText === undefined) {
    if (formatText !== undefined || lacksFormat(dir) || isBareVenv(dir))
      throw damaged(dir, 'its pyvenv.cfg is missing');
    return readForeign(dir);
  }
  if (formatText === undefined && lacksFormat(dir)) throw damaged(dir, `${paths.format} is missing`);
  const cfg = parsePyvenvCfg(cfgText);
  const generation = formatText === undefined ? undefined : readPointer(dir, formatText);
  const version = statedVersion(cfg);
  const libDirName =
    findLibDirName(dir, version) ?? (generation === undefined ? undefined : lostLibDirName(paths.current, version));
  if (libDirName === undefined) {
    // With generations it is made again; without, nothing says what lay in it.
    const remake = generation === undefined ? 'plain' : undefined;
    throw damaged(dir, 'it has no lib/python3.X/site-packages', remake);
  }
  const home = cfg.get('home') ?? '';
  return {
    dir,
    kind: generation === undefined ? 'plain' : 'own',
    interpreterExecutable: findBaseExecutable(path.join(dir, 'bin', 'python')) ?? path.join(home, libDirName),
    pythonVersion: version ?? versionOf(libDirName),
    libDirName,
    sitePackages: sitePackagesOf(dir, libDirName),
    generation,
    prompt: statedPrompt(cfg),
    systemSitePackages: cfg.get('include-system-site-packages')?.toLowerCase() === 'true',
  };
}

/** The number of the current generation; checks the format first, because a newer one may keep its pointer elsewhere. */
function readPointer(dir: string, formatText: string): number {
  const paths = environmentPaths(dir);
  const format = Number(formatText.trim());
  if (!Number.isInteger(format) || format < 1) throw damaged(dir, `${paths.format} does not hold a number`);
  if (format > environmentFormat) {
    throw new PythonError(
      'ENVIRONMENT_NEWER_FORMAT',
      `${dir} has the layout ${format}; this version knows ${environmentFormat}.`,
      {
        hint: 'Use the version of wheelwright that made it, or a newer one.',
        data: { path: dir, expected: environmentFormat, found: format },
      },
    );
  }
  const target = readLink(paths.current);
  const number = target === undefined ? undefined : parseGenerationTarget(target);
  if (number === undefined) throw damaged(dir, `${paths.current} does not point to a generation`);
  if (!existsSync(paths.current)) throw damaged(dir, `${paths.current} points to ${target}, which is not there`);
  return number;
}

function readForeign(dir: string): Environment {
  const executable = ['python', 'python3'].map((name) => path.join(dir, 'bin', name)).find((file) => existsSync(file));
  const version = condaVersion(dir);
  const real = executable === undefined ? undefined : findBaseExecutable(executable);
  const libDirName = findLibDirName(dir, version ?? /^python(3\.\d+)t?$/.exec(path.basename(real ?? ''))?.[1]);
  if (real === undefined || libDirName === undefined) {
    if (real !== undefined) refuseSystem(dir);
    throw new PythonError('ENVIRONMENT_NOT_FOUND', `There is no Python environment at ${dir}.`, {
      hint: existsSync(dir) ? 'It has neither a pyvenv.cfg nor bin/python.' : 'Create one, or name another directory.',
      data: { path: dir, exists: existsSync(dir) },
    });
  }
  return {
    dir,
    kind: 'foreign',
    interpreterExecutable: real,
    pythonVersion: version ?? versionOf(libDirName),
    libDirName,
    sitePackages: sitePackagesOf(dir, libDirName),
    systemSitePackages: false,
  };
}

// Debian's Python keeps packages in dist-packages of two prefixes, and its package manager keeps it.
function refuseSystem(dir: string): void {
  const lib = path.join(dir, 'lib');
  const marks = ['EXTERNALLY-MANAGED', 'dist-packages'];
  const libs = list(lib).filter((entry) => /^python3(?:\.\d+)?$/.test(entry.name));
  if (!libs.some((entry) => marks.some((mark) => existsSync(path.join(lib, entry.name, mark))))) return;
  throw new PythonError('ENVIRONMENT_FOREIGN', `${dir} holds the Python of the system, kept by its package manager.`, {
    hint: 'Create an environment of that interpreter instead.',
    data: { path: dir },
  });
}

/** The directory of `lib` that holds site-packages; the one of `version` where several do. */
function findLibDirName(dir: string, version: string | undefined): string | undefined {
  const short = version === undefined ? undefined : /^\d+\.\d+/.exec(version)?.[0];
  const names = list(path.join(dir, 'lib'))
    .filter((entry) => !entry.isSymbolicLink() && /^(?:python|pypy)3\.\d+t?$/.test(entry.name))
    .map((entry) => entry.name)
    .filter((name) => isDirectory(sitePackagesOf(dir, name)));
  const matching = names.filter((name) => short === undefined || versionOf(name) === short);
  return matching.length > 0 ? matching.sort().at(-1) : undefined;
}

/** Of a generation that leads into a shared one which is gone: the installer makes that again. */
function lostLibDirName(generationDir: string, version: string | undefined): string | undefined {
  const lib = path.join(generationDir, 'lib');
  if (existsSync(lib) || readLink(lib) === undefined || version === undefined) return undefined;
  return `python${version.split('.').slice(0, 2).join('.')}`;
}

/** conda keeps a file per package: `conda-meta/python-3.11.5-….json`. */
function condaVersion(dir: string): string | undefined {
  for (const { name } of list(path.join(dir, 'conda-meta'))) {
    const match = /^python-(\d+\.\d+\.\d+)-.*\.json$/.exec(name);
    if (match) return match[1];
  }
  return undefined;
}

function sitePackagesOf(dir: string, libDirName: string): string {
  return path.join(dir, 'lib', libDirName, 'site-packages');
}

/** `remake`: the layout in which it must be created again, if a repair cannot derive it. */
function damaged(dir: string, what: string, remake?: 'plain'): PythonError {
  return new PythonError('ENVIRONMENT_DAMAGED', `The environment ${dir} is damaged: ${what}.`, {
    hint:
      remake === undefined ? 'A repair derives it from the rest.' : 'Create a new one and install its packages again.',
    data: { path: dir, remake },
  });
}

function isDirectory(dir: string): boolean {
  return statSync(dir, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function list(dir: string): Dirent[] {
  try {
    return readdirSync(dir, { withFileTypes: true });
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  }
}
