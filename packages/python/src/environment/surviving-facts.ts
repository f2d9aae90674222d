// Derives how an environment was made from the files that are left of it. Several files state the same facts, so a damaged
// environment still has most of them. Reads only, never throws for damage, starts no Python.
import { existsSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { isRealDirectory, listNames, lookAtEntry, readLink, readText } from '@wheelwright/atomic-fs';
import { isCodedError, isErrno } from '@wheelwright/errors';
import { findBaseExecutable } from '../interpreter/base-executable.ts';
import { type PyvenvCfg, parsePyvenvCfg, statedPrompt, statedVersion } from '../interpreter/pyvenv-cfg.ts';
import {
  environmentFormat,
  environmentPaths,
  generationTarget,
  parseGenerationTarget,
  stableLinks,
  stableLinkTarget,
} from './environment-paths.ts';
import { committedFileName, type Generation, generationFileName, parseGeneration } from './generation.ts';
import { pipGuardName } from './pip-guard.ts';

/** What an environment is, or was before it was damaged. */
export interface Makeup {
  /** Absolute directory of the environment. */
  readonly dir: string;
  /** Whether it has generations, or had. */
  readonly kind: 'own' | 'plain';
  /** Whether wheelwright made it, so that the rest of its content is known. */
  readonly ours: boolean;
  /** The directory that contains the real `bin` and `lib`. */
  readonly prefixDir: string;
  /** The generation that `current` names; if that is lost, the last one that was current. */
  readonly generation: number | undefined;
  /** The real file of the interpreter, if anything that is left leads to it. */
  readonly executable: string | undefined;
  /** `3.11.7` or `3.11`. */
  readonly version: string | undefined;
  /** Name of its directory in `lib`: `python3.11`. */
  readonly libDirName: string | undefined;
  /** The name in the shell's prompt, if stated. */
  readonly prompt: string | undefined;
  /** Whether the base interpreter's packages are importable; undefined when nothing states it. */
  readonly systemSitePackages: boolean | undefined;
  /** `'all'`: its generation leads into a shared one. `'soon'`: it has that layout and is still empty. */
  readonly shares: 'nothing' | 'soon' | 'all';
}

/** The surviving facts of the environment at `dir`; undefined if nothing shows that there ever was one. */
export function readMakeup(dir: string): Makeup | undefined {
  const cfgText = readText(environmentPaths(dir).pyvenvCfg);
  const cfg = parsePyvenvCfg(cfgText ?? '');
  const kind = hadGenerations(dir) ? 'own' : 'plain';
  if (kind === 'plain' && cfgText === undefined && !isBareVenv(dir)) return undefined;
  const numbers = kind === 'own' ? generationsOf(dir) : [];
  const generation = kind === 'own' ? chooseGeneration(dir, numbers) : undefined;
  const prefixOf = (number: number) => path.join(environmentPaths(dir).root, generationTarget(number));
  const prefixDir = generation === undefined ? dir : prefixOf(generation);
  const others = numbers.filter((number) => number !== generation).map(prefixOf);
  const version = statedVersion(cfg);
  const libDirName = [prefixDir, ...others].map((prefix) => libDirIn(prefix, version)).find((name) => name);
  return {
    dir,
    kind,
    ours: cfgText === undefined ? kind === 'own' : cfg.has('wheelwright'),
    prefixDir,
    generation,
    executable: findExecutable(cfg, [prefixDir, ...others], version),
    version: version ?? (libDirName && versionOf(libDirName)),
    libDirName: libDirName ?? (version && `python${version.split('.').slice(0, 2).join('.')}`),
    prompt:
      statedPrompt(cfg) ?? (cfgText === undefined ? promptIn(path.join(prefixDir, 'bin', 'activate'), dir) : undefined),
    systemSitePackages: { true: true, false: false }[cfg.get('include-system-site-packages')?.toLowerCase() ?? ''],
    shares: generation === undefined ? 'nothing' : whatItShares(prefixDir),
  };
}

/** Whether generations lie there although `format` is lost, with no change of one kind into the other going on. */
export function lacksFormat(dir: string): boolean {
  const { format, generations, root } = environmentPaths(dir);
  const there = () => isRealDirectory(generations) && lookAtEntry(format) === undefined;
  // Looked at twice: a change that was going on at the first look may be over at the second.
  return there() && !existsSync(path.join(root, 'work')) && there();
}

/**
 * Whether `pyvenv.cfg` is what is lost: there are packages but no standard library beside them, and what starts Python, or
 * what activates it, is that of a venv.
 */
export function isBareVenv(dir: string): boolean {
  const lib = path.join(dir, 'lib');
  const versions = listNames(lib).filter((name) => /^(?:python|pypy)3/.test(name));
  const has = (name: string) => versions.some((version) => existsSync(path.join(lib, version, name)));
  if (!has('site-packages') || has('os.py')) return false;
  if (readText(path.join(dir, 'bin', 'activate'))?.includes('VIRTUAL_ENV') === true) return true;
  const real = realFile(path.join(dir, 'bin', 'python'));
  return (
    real !== undefined &&
    readLink(path.join(dir, 'bin', 'python')) !== undefined &&
    !real.startsWith(`${realpathSync(dir)}/`)
  );
}

function whatItShares(prefixDir: string): Makeup['shares'] {
  const leadsAway = ['lib', 'include', 'share', 'etc'].some((name) => readLink(path.join(prefixDir, name)));
  const stated = tryParseGeneration(prefixDir)?.shared;
  if (leadsAway || stated?.dir !== undefined) return 'all';
  return stated !== undefined || existsSync(path.join(prefixDir, pipGuardName)) ? 'soon' : 'nothing';
}

/** What the generation at `prefixDir` says about itself; undefined where that is lost, damaged or of a newer version. */
export function tryParseGeneration(prefixDir: string): Generation | undefined {
  const file = path.join(prefixDir, generationFileName);
  try {
    return parseGeneration(readText(file) ?? '', file);
  } catch (error) {
    if (isCodedError(error)) return undefined;
    throw error;
  }
}

/** The name that an activation shows, where it is not the one that it would show anyway. */
function promptIn(activate: string, dir: string): string | undefined {
  const found = /^VIRTUAL_ENV_PROMPT='([^']*)'$/m.exec(readText(activate) ?? '')?.[1];
  return found === path.basename(dir) ? undefined : found;
}

function hadGenerations(dir: string): boolean {
  const { format, generations } = environmentPaths(dir);
  if (lookAtEntry(format) !== undefined || isRealDirectory(generations)) return true;
  return stableLinks.some((name) => readLink(path.join(dir, name)) === stableLinkTarget(name));
}

function generationsOf(dir: string): number[] {
  return listNames(environmentPaths(dir).generations)
    .flatMap((name) => parseGenerationTarget(`generations/${name}`) ?? [])
    .filter((number) => isRealDirectory(path.join(environmentPaths(dir).root, generationTarget(number))));
}

function chooseGeneration(dir: string, numbers: readonly number[]): number | undefined {
  const { current, root } = environmentPaths(dir);
  const named = parseGenerationTarget(readLink(current) ?? '');
  if (named !== undefined && numbers.includes(named)) return named;
  const at = (number: number, name: string) => path.join(root, generationTarget(number), name);
  // The mark is renewed whenever a generation becomes current; one without a mark may never have been finished.
  const markMs = (number: number) =>
    statSync(at(number, committedFileName), { throwIfNoEntry: false })?.mtimeMs ??
    (existsSync(at(number, generationFileName)) ? -1 : -2);
  return [...numbers].sort((a, b) => markMs(b) - markMs(a) || b - a)[0];
}

function findExecutable(cfg: PyvenvCfg, prefixes: readonly string[], version: string | undefined): string | undefined {
  const short = version?.split('.').slice(0, 2).join('.');
  const home = cfg.get('home');
  const names = [...(short === undefined ? [] : [`python${short}`, `pypy${short}`]), 'python3', 'python'];
  const candidates = [
    cfg.get('executable'),
    ...prefixes.map((prefix) => findBaseExecutable(path.join(prefix, 'bin', 'python'))),
    ...(home ? names.map((name) => path.join(home, name)) : []),
  ];
  return candidates.flatMap((file) => realFile(file) ?? [])[0];
}

function libDirIn(prefixDir: string, version: string | undefined): string | undefined {
  const lib = path.join(prefixDir, 'lib');
  const short = version?.split('.').slice(0, 2).join('.');
  const names = listNames(lib)
    .filter((name) => /^(?:python|pypy)3\.\d+t?$/.test(name))
    .sort();
  return names.findLast((name) => short !== undefined && versionOf(name) === short) ?? names.at(-1);
}

/** `3.11` of `python3.11`, and of `python3.13t` the version without its letter. */
export function versionOf(libDirName: string): string {
  return libDirName.replace(/^[a-z]+/, '').replace(/t$/, '');
}

function realFile(file: string | undefined): string | undefined {
  try {
    const real = file && realpathSync(file);
    return real && statSync(real).isFile() ? real : undefined;
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) return undefined;
    throw error;
  }
}

/** The number in `format`; undefined where it holds none. */
export function readFormat(dir: string): number | undefined {
  const text = isFile(environmentPaths(dir).format) ? readText(environmentPaths(dir).format)?.trim() : undefined;
  return text !== undefined && /^[1-9]\d*$/.test(text) ? Number(text) : undefined;
}

/** Whether a newer version made it: then nothing that this one misses in it is damage. */
export function isNewer(dir: string): boolean {
  return (readFormat(dir) ?? 0) > environmentFormat;
}

function isFile(file: string): boolean {
  return lookAtEntry(file)?.isFile() === true;
}
