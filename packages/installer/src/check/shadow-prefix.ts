// The shadow of a prefix that is changed in place: the prefix as it would become, as a prefix of its own for the check of a
// change. Directories of packages are real directories with links to the files, so that a program that writes there, or
// resolves its own path, stays inside. Everything else that does not change is one link.
import {
  closeSync,
  type Dirent,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  realpathSync,
  statSync,
} from 'node:fs';
import path from 'node:path';
import { createFile, type Fs, type LinkMode, linkFile, linkTree } from '@wheelwright/atomic-fs';
import { isErrno } from '@wheelwright/errors';
import { rootName, stableLinks } from '@wheelwright/python';
import { directoriesOf } from '../layout/directories.ts';
import { linkTargetFrom } from '../layout/link-target.ts';
import { within } from '../layout/schemes.ts';
import type { Isolation, ShadowPrefix } from '../model/ports.ts';
import type { StagedEntry } from '../model/types.ts';
import type { Prefix } from '../read/prefix.ts';
import { rewriteCommand } from './rewrite-command.ts';

/** How the shadow is made. */
export interface PrefixShadowOptions {
  readonly fs: Fs;
  readonly linkMode: LinkMode;
}

/** Where the shadow is made. */
export interface ShadowPlaces {
  /** An existing directory on the file system of the prefix. */
  readonly rootDir: string;
  readonly scratchDir: string;
  readonly isolation: Isolation | undefined;
}

/** Makes the shadow of `prefix` with `staged` in place. On throw the caller removes `rootDir`. */
export function makePrefixShadow(
  prefix: Prefix,
  staged: readonly StagedEntry[],
  { rootDir, scratchDir, isolation }: ShadowPlaces,
  { fs, linkMode: mode }: PrefixShadowOptions,
): ShadowPrefix {
  const { prefixDir, kind, layout, python, scriptPython } = prefix;
  const dir = path.join(rootDir, 'prefix');
  fs.mkdir(dir);
  plant(prefixDir, dir, surveyPrefix(prefix, staged, dir), { fs, mode });
  for (const { path: target, slot } of staged) {
    if (slot === undefined) continue;
    if (!statSync(slot).isDirectory()) linkFile(slot, path.join(dir, target), { fs, mode });
    else {
      fs.mkdir(path.join(dir, target));
      plant(slot, path.join(dir, target), surveyAll(slot), { fs, mode });
    }
  }
  const binDir = path.join(dir, layout.scripts);
  if (kind === 'target') {
    const programsDir = path.join(rootDir, 'bin');
    fs.mkdir(programsDir);
    const names = typeof scriptPython === 'string' ? [] : scriptPython.names;
    for (const name of new Set(['python', 'python3', ...names])) {
      createFile(path.join(programsDir, name), program(python), { mode: 0o777, fs });
    }
    return { dir, isTarget: true, commandDirs: [binDir, programsDir], python, scratchDir, isolation };
  }
  createFile(path.join(dir, 'pyvenv.cfg'), configuration(prefix), { fs });
  openDirectory(binDir, fs);
  for (const name of readdirSync(binDir)) rewriteIn(binDir, name, prefix, dir, fs);
  const own = path.join(binDir, path.basename(python));
  return { dir, isTarget: false, commandDirs: [binDir], python: own, scratchDir, isolation };
}

/** The entries of a tree that come along into the shadow. */
interface Survey {
  readonly directories: string[];
  readonly files: { readonly directory: string; readonly names: readonly string[] }[];
  readonly links: { readonly path: string; readonly target: string }[];
}

function plant(sourceDir: string, targetDir: string, survey: Survey, options: { fs: Fs; mode: LinkMode }): void {
  const { directories, files, links } = survey;
  linkTree({ sourceDir, targetDir, directories, files }, options);
  for (const { path: link, target } of links) options.fs.symlink(target, path.join(targetDir, link));
}

function surveyPrefix(prefix: Prefix, staged: readonly StagedEntry[], shadowDir: string): Survey {
  const { prefixDir, environmentDir, kind, layout } = prefix;
  const { sitePackages, separateLib64 } = layout;
  const going = new Set(staged.map((entry) => entry.path));
  const sites = [sitePackages, ...(separateLib64 ? [sitePackages.replace(/^lib\//, 'lib64/')] : [])];
  // Of an interpreter's own prefix only the packages come along: its library is used where it is.
  const roots = new Set(kind === 'target' ? [''] : kind === 'plain' ? stableLinks : sites);
  const libraries = new Set(kind === 'foreign' ? sites.map((site) => path.posix.dirname(site)) : []);
  const onTheWay = directoriesOf([...going, ...sites.map((site) => `${site}/x`), `${layout.scripts}/x`]);
  const own = new Set([rootName, '.lock', ...(kind === 'target' ? [] : ['pyvenv.cfg'])]);
  const tops = new Set(readdirSync(prefixDir));
  // No package has a name with a leading dot: in a target directory such a name is a repository or a cache.
  const isInside = (file: string, above: boolean) =>
    above ? kind !== 'target' || !file.startsWith('.') : roots.has(file);
  return survey(prefixDir, {
    top: roots.has(''),
    isInside,
    fateOf: (file, entry, above) => {
      if (going.has(file) || own.has(file)) return 'left';
      const taken = entry.isDirectory() ? isInside(file, above) || onTheWay.has(file) : entry.isFile() && above;
      if (taken) return 'taken';
      return libraries.has(path.posix.dirname(file)) ? 'left' : 'linked';
    },
    targetOf: (link, target) => {
      // A link into the prefix leads into the shadow.
      const names = path.isAbsolute(target) ? [prefixDir, environmentDir] : [];
      const name = names.find((one) => target.startsWith(`${one}/`));
      if (name !== undefined) return `${shadowDir}${target.slice(name.length)}`;
      return linkTargetFrom(prefixDir, link, target, tops);
    },
  });
}

function surveyAll(dir: string): Survey {
  return survey(dir, { top: true, isInside: () => true, fateOf: () => 'taken', targetOf: (_link, target) => target });
}

interface SurveyRules {
  /** Whether packages are in the tree itself. */
  readonly top: boolean;
  /** Whether packages are in `directory`; `above`: whether they are in the directory above it. */
  readonly isInside: (directory: string, above: boolean) => boolean;
  /** `taken`: the shadow has a directory or file of its own; `linked`: the shadow has a link to the original. */
  readonly fateOf: (file: string, entry: Dirent, above: boolean) => 'left' | 'taken' | 'linked';
  readonly targetOf: (link: string, target: string) => string;
}

function survey(rootDir: string, { top, isInside, fateOf, targetOf }: SurveyRules): Survey {
  const found: Survey = { directories: [], files: [], links: [] };
  const visit = (directory: string, inside: boolean) => {
    const names: string[] = [];
    for (const entry of readdirSync(path.join(rootDir, directory), { withFileTypes: true })) {
      const file = within(directory, entry.name);
      const source = path.join(rootDir, file);
      const fate = fateOf(file, entry, inside);
      if (fate === 'left') continue;
      if (entry.isSymbolicLink()) found.links.push({ path: file, target: targetOf(file, readlinkSync(source)) });
      else if (fate === 'linked') found.links.push({ path: file, target: source });
      else if (!entry.isDirectory()) names.push(entry.name);
      else {
        found.directories.push(file);
        visit(file, isInside(file, inside));
      }
    }
    if (names.length > 0) found.files.push({ directory, names });
  };
  visit('', top);
  return found;
}

// A prefix that is not a venv is tried in a venv of its interpreter.
function configuration({ prefixDir, kind }: Prefix): Uint8Array | string {
  if (kind === 'plain') return readFileSync(path.join(prefixDir, 'pyvenv.cfg'));
  return `home = ${path.join(prefixDir, 'bin')}\ninclude-system-site-packages = false\n`;
}

// A link to the prefix's own directory becomes a directory of links: else the prefix's scripts would be rewritten.
function openDirectory(dir: string, fs: Fs): void {
  if (!lstatSync(dir).isSymbolicLink()) return;
  const realDir = realpathSync(dir);
  fs.unlink(dir);
  fs.mkdir(dir);
  for (const name of readdirSync(realDir)) fs.symlink(path.join(realDir, name), path.join(dir, name));
}

function rewriteIn(binDir: string, name: string, { environmentDir, prefixDir }: Prefix, dir: string, fs: Fs): void {
  const file = path.join(binDir, name);
  const found = statSync(file, { throwIfNoEntry: false });
  if (/^python/.test(name) || found?.isFile() !== true || !(/^activate/i.test(name) || isScript(file))) return;
  const data = readFileSync(file);
  const rewritten = rewriteCommand(data, name, environmentDir, dir) ?? rewriteCommand(data, name, prefixDir, dir);
  if (rewritten === undefined) return;
  fs.unlink(file);
  createFile(file, rewritten, { mode: found.mode & 0o777, fs });
}

// The prefix of an interpreter has programs of many megabytes, and some that this user may not read.
function isScript(file: string): boolean {
  let fd: number | undefined;
  try {
    fd = openSync(file, 'r');
    const start = Buffer.alloc(2);
    return readSync(fd, start, 0, 2, 0) === 2 && start.toString('latin1') === '#!';
  } catch (error) {
    if (isErrno(error, 'EACCES')) return false;
    throw error;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

// Not a link: an interpreter that is itself a link finds its environment by its own path.
function program(python: string): string {
  return `#!/bin/sh\nexec '${python.replaceAll("'", "'\\''")}' "$@"\n`;
}
