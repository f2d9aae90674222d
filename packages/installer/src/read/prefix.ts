// A prefix that is changed in place: an ordinary venv, a prefix of conda or of the system, a target directory. Where its
// schemes are, which python its scripts name, and where transactions over it work.
import { existsSync, lstatSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Fs } from '@wheelwright/atomic-fs';
import { isErrno } from '@wheelwright/errors';
import { readEnvironment, rootName, type ScriptInterpreter } from '@wheelwright/python';
import { isInCache } from '../layout/byte-code.ts';
import { schemeLayout } from '../layout/schemes.ts';
import { InstallError } from '../model/install-error.ts';
import type { PrefixOptions, SchemeLayout, TargetOptions } from '../model/types.ts';

/** Such a prefix. */
export interface Prefix {
  /** Absolute, as the caller named it; scripts name this path. */
  readonly environmentDir: string;
  /** The same with links resolved: the root of transactions. */
  readonly prefixDir: string;
  /** `plain`: a venv; `foreign`: the prefix of an interpreter; `target`: a target directory. */
  readonly kind: 'plain' | 'foreign' | 'target';
  readonly layout: SchemeLayout;
  /** An interpreter of this machine that runs its packages. */
  readonly python: string;
  /** What scripts name as their interpreter. */
  readonly scriptPython: ScriptInterpreter;
}

/** Where transactions over a prefix work, relative to it. */
export const workDir = `${rootName}/work`;

/** How transactions over a prefix are opened and recovered, besides the lock. */
export const transactionRules = { workDir, isCache: isInCache };

/**
 * The prefix at the absolute path `environmentDir`, which has no generations. Throws what `readEnvironment` throws.
 */
export function readPrefix(environmentDir: string, { target }: PrefixOptions = {}): Prefix {
  if (target !== undefined) {
    const layout = { sitePackages: '', headers: 'include', scripts: 'bin', separateLib64: true };
    const prefixDir = realpathSync(environmentDir);
    const { python } = target;
    return { environmentDir, prefixDir, kind: 'target', layout, python, scriptPython: { names: namesOf(target) } };
  }
  const { kind, libDirName } = readEnvironment(environmentDir);
  if (kind === 'own') throw new Error(`bug: ${environmentDir} has generations`);
  const prefixDir = realpathSync(environmentDir);
  const scheme = schemeLayout(libDirName);
  const layout = {
    ...scheme,
    headers: kind === 'plain' ? scheme.headers : `include/${libDirName}`,
    separateLib64: lstatSync(path.join(prefixDir, 'lib64'), { throwIfNoEntry: false })?.isDirectory() === true,
  };
  const names = ['python', 'python3', libDirName];
  const name = names.find((candidate) => existsSync(path.join(environmentDir, 'bin', candidate))) ?? 'python';
  const python = path.join(environmentDir, 'bin', name);
  return { environmentDir, prefixDir, kind, layout, python, scriptPython: python };
}

/** The names under which a user's machine may have the interpreter of a target, the most exact first. */
function namesOf({ python, pythonName = path.basename(python) }: TargetOptions): string[] {
  const isName = /^(?:python|pypy)[\d.]*t?$/.test(pythonName);
  const anyVersion = pythonName.startsWith('pypy') ? 'pypy3' : 'python3';
  return [...new Set(isName && pythonName !== 'python' ? [pythonName, anyVersion] : [anyVersion])];
}

/** Makes the directory of a target, and missing directories above it. Another process may make the same ones. */
export function ensureTarget(dir: string, fs: Fs): void {
  if (statSync(dir, { throwIfNoEntry: false })?.isDirectory()) return;
  ensureTarget(path.dirname(dir), fs);
  try {
    fs.mkdir(dir);
  } catch (error) {
    if (!isErrno(error, 'EEXIST') || !statSync(dir).isDirectory()) throw error;
  }
}

/** Throws INSTALL_EXTERNALLY_MANAGED for a prefix of the system (PEP 668), unless the options allow it. */
export function requireOurs({ environmentDir, prefixDir, kind, layout }: Prefix, options: PrefixOptions): void {
  if (kind !== 'foreign' || options.breakSystemPackages === true) return;
  const mark = path.join(prefixDir, path.dirname(layout.sitePackages), 'EXTERNALLY-MANAGED');
  if (!existsSync(mark)) return;
  throw new InstallError(
    'INSTALL_EXTERNALLY_MANAGED',
    `The package manager of the system manages ${environmentDir} (${mark}).`,
    {
      hint: 'Make an environment; or pass `breakSystemPackages`, and risk what its name says.',
      data: { environmentDir, path: mark },
    },
  );
}

/**
 * The directories that stay when they are empty: those of the schemes. In a prefix that is not a venv also every directory
 * at the top, since other programs use it too.
 */
export function isKeptDirectory({ kind, layout }: Prefix): (directory: string) => boolean {
  const { sitePackages, scripts } = layout;
  if (kind === 'target') return (directory) => directory === '' || directory === rootName;
  const schemes = new Set(['', rootName, scripts, 'include', 'lib64', path.dirname(layout.headers), layout.headers]);
  for (let at = sitePackages; at !== '.'; at = path.posix.dirname(at)) schemes.add(at);
  return (directory) => schemes.has(directory) || (kind === 'foreign' && !directory.includes('/'));
}
