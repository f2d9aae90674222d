// Finds what is lost or changed of an environment itself, apart from its packages: its marker, its pointer, the links at
// its top, its interpreter's names, its activation scripts. Reads names and a few small files, changes nothing.
import { accessSync, constants, existsSync, lstatSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { isRealDirectory, listNames, lookAtEntry, readLink, readText } from '@wheelwright/atomic-fs';
import { isErrno } from '@wheelwright/errors';
import {
  parseGenerationTarget,
  placeholderName,
  rootName,
  stableLinks,
  stableLinkTarget,
} from '../environment/environment-paths.ts';
import { generationFileName, parseGeneration } from '../environment/generation.ts';
import { pipGuard, pipGuardName } from '../environment/pip-guard.ts';
import { type Makeup, readFormat, versionOf } from '../environment/surviving-facts.ts';
import { parsePyvenvCfg, statedVersion } from '../interpreter/pyvenv-cfg.ts';
import { activateScripts, defaultPrompt } from './activate-scripts.ts';
import type { ImageEntry } from './environment-image.ts';

/** One part of an environment that differs from how it was made. */
export interface ImageFault {
  /** The entry is missing, or is another than was made. */
  readonly kind: 'missing' | 'modified';
  /** Relative to the environment, or to its generation. */
  readonly path: string;
  /** `'top'`: repaired in place. `'prefix'`: repaired with the next generation, or in place without generations. */
  readonly part: 'top' | 'prefix';
  /** The entry that belongs there; undefined when it must be derived from other facts or cannot be made. */
  readonly entry?: ImageEntry | undefined;
}

/** The faults of the environment that `makeup` is about. */
export function findImageFaults(makeup: Makeup): ImageFault[] {
  const { kind, generation } = makeup;
  const faults = kind === 'own' ? topFaults(makeup) : [...cfgFault(makeup), ...packagesFault(makeup)];
  // Without a generation nothing is left that the rest could be held against.
  if (kind === 'own' && generation === undefined) return faults;
  return [
    ...faults,
    ...(kind === 'own' ? generationFaults(makeup) : []),
    ...pythonFaults(makeup),
    ...shellFaults(makeup),
  ];
}

function topFaults(makeup: Makeup): ImageFault[] {
  const { dir, prefixDir, generation } = makeup;
  const faults = cfgFault(makeup);
  if (readFormat(dir) === undefined) faults.push(fault(dir, `${rootName}/format`, 'top'));
  if (generation === undefined) return [...faults, fault(dir, `${rootName}/current`, 'top')];
  const pointer = link(`${rootName}/current`, `generations/${generation}`);
  // Looked at again: a change may have switched it since.
  const target = readLink(path.join(dir, pointer.path));
  const leads = target !== undefined && parseGenerationTarget(target) !== undefined;
  if (!leads || !existsSync(path.join(dir, pointer.path))) faults.push(fault(dir, pointer.path, 'top', pointer));
  const others = listNames(prefixDir).filter((name) => !name.startsWith('.') && name !== generationFileName);
  for (const name of new Set([...stableLinks, ...others])) {
    const wanted = link(name, stableLinkTarget(name));
    // A `pip.conf` of its user's own is left alone, and pip is not kept out then.
    if (name === pipGuardName && lookAtEntry(path.join(dir, name))?.isFile()) continue;
    if (readLink(path.join(dir, name)) !== wanted.target) faults.push(fault(dir, name, 'top', wanted));
  }
  return faults;
}

function cfgFault({ dir, kind, libDirName }: Makeup): ImageFault[] {
  const cfg = parsePyvenvCfg(readText(path.join(dir, 'pyvenv.cfg')) ?? '');
  const [home, version] = [cfg.get('home'), statedVersion(cfg)];
  const fits = libDirName === undefined || (version !== undefined && isMinor(version, versionOf(libDirName)));
  return home && existsSync(home) && fits ? [] : [fault(dir, 'pyvenv.cfg', kind === 'own' ? 'top' : 'prefix')];
}

/** Without generations nothing can bring it back. */
function packagesFault({ dir, libDirName }: Makeup): ImageFault[] {
  const site = `lib/${libDirName}/site-packages`;
  return existsSync(path.join(dir, site)) ? [] : [fault(dir, site, 'prefix')];
}

function isMinor(version: string, minor: string): boolean {
  return version === minor || version.startsWith(`${minor}.`);
}

function generationFaults({ prefixDir, libDirName, shares }: Makeup): ImageFault[] {
  const faults: ImageFault[] = [];
  const file = path.join(prefixDir, generationFileName);
  if (!isReadable(file)) faults.push(fault(prefixDir, generationFileName, 'prefix'));
  // What a shared generation is for, these lead into; whether to the right place is for others to say.
  const directories = shares === 'all' ? [] : [`lib/${libDirName}/site-packages`, 'include', 'share', 'etc'];
  for (const directory of ['bin', ...directories]) {
    if (isRealDirectory(path.join(prefixDir, directory))) continue;
    faults.push(fault(prefixDir, directory, 'prefix', { kind: 'directory', path: directory }));
  }
  for (const directory of directories.slice(1)) {
    const keep = `${directory}/${placeholderName}`;
    if (!existsSync(path.join(prefixDir, keep))) faults.push(fault(prefixDir, keep, 'prefix', text(keep, '')));
  }
  const lib64 = link('lib64', 'lib');
  if (readLink(path.join(prefixDir, 'lib64')) !== 'lib') faults.push(fault(prefixDir, 'lib64', 'prefix', lib64));
  if (shares !== 'nothing' && readText(path.join(prefixDir, pipGuardName)) !== pipGuard)
    faults.push(fault(prefixDir, pipGuardName, 'prefix', text(pipGuardName, pipGuard)));
  return faults;
}

/** `bin/python` has to lead to the interpreter, and what else is there of its names to the same one. */
function pythonFaults(makeup: Makeup): ImageFault[] {
  const { prefixDir, ours, executable, version } = makeup;
  const [major, minor] = version?.split('.') ?? [];
  const usual = minor === undefined ? ['python3'] : ['python3', `python${major}.${minor}`];
  const found = listNames(path.join(prefixDir, 'bin')).filter((name) => /^(?:python|pypy)[\d.]*t?$/.test(name));
  const names = new Set(['python', ...(ours ? usual : []), ...found]);
  return [...names].flatMap((name) => {
    const at = path.join(prefixDir, 'bin', name);
    const real = programAt(at);
    // Others copy it instead of linking to it.
    const isSound =
      real !== undefined && hasBin(makeup) && (executable === undefined || real === executable || !isLink(at) || !ours);
    if (isSound) return [];
    const target = name === 'python' ? executable : 'python';
    return [fault(prefixDir, `bin/${name}`, 'prefix', target === undefined ? undefined : link(`bin/${name}`, target))];
  });
}

function shellFaults(makeup: Makeup): ImageFault[] {
  const { dir, prefixDir, ours, prompt } = makeup;
  const own = activateScripts(dir, prompt ?? defaultPrompt(dir));
  const there = listNames(path.join(prefixDir, 'bin')).filter((name) => /^activate(?:\.|$)/i.test(name));
  // Of files of other tools only this is known: they were not empty, and each shell has its own.
  const names = ours ? own.map(({ name }) => name) : there.length > 0 ? [...new Set(['activate', ...there])] : [];
  return names.flatMap((name) => {
    const file = `bin/${name}`;
    const expected = own.find((one) => one.name === name)?.data;
    const found = readText(path.join(prefixDir, file));
    const isSound =
      found !== undefined &&
      hasBin(makeup) &&
      (ours ? holds(found, expected ?? '') && namesPlace(found, dir) : found.trim() !== '');
    return isSound ? [] : [fault(prefixDir, file, 'prefix', expected === undefined ? undefined : text(file, expected))];
  });
}

/** A link in the place of a directory is not carried to the new generation, so the content behind it is lost too. */
export function hasBin({ kind, prefixDir }: Makeup): boolean {
  return kind === 'plain' || isRealDirectory(path.join(prefixDir, 'bin'));
}

/** People add lines of their own, and names of places differ: whether all the others are there, in their order. */
function holds(found: string, expected: string): boolean {
  const masked = (data: string) => data.split('\n').map((line) => line.trim().replace(/'.*'/g, "''"));
  const lines = masked(found);
  let at = 0;
  return masked(expected).every((wanted) => {
    if (wanted === '') return true;
    at = lines.indexOf(wanted, at) + 1;
    return at > 0;
  });
}

/** Whether an activation names this environment, by any path that leads to it; one that was moved or copied does not. */
function namesPlace(found: string, dir: string): boolean {
  const word = /^\s*(?:set -gx |setenv )?VIRTUAL_ENV[= ]('.*')\s*$/m.exec(found)?.[1];
  if (word === undefined) return true;
  return unquoted(word).some(
    (named) => named === dir || (existsSync(named) && realpathSync(named) === realpathSync(dir)),
  );
}

/** What a quoted word may stand for: in sh and csh quotes end before `\'`, in fish a backslash escapes within them. */
function unquoted(word: string): string[] {
  const ended = word.replace(/'([^']*)'|\\(.)/g, (_, inside: string | undefined, escaped: string) => inside ?? escaped);
  const within = word.slice(1, -1).replace(/\\(['\\])/g, '$1');
  // csh escapes its history character in quotes, too.
  return [ended, within, ended.replace(/\\!/g, '!')];
}

function isReadable(file: string): boolean {
  try {
    parseGeneration(readText(file) ?? '', file);
    return true;
  } catch (error) {
    // One of a newer version is not damaged.
    return (error as { code?: string }).code === 'ENVIRONMENT_NEWER_FORMAT';
  }
}

/** The real file of a program; undefined where none is or it cannot be started. */
function programAt(file: string): string | undefined {
  try {
    accessSync(file, constants.X_OK);
    const real = realpathSync(file);
    return lstatSync(real).isFile() ? real : undefined;
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES')) return undefined;
    throw error;
  }
}

function fault(dir: string, name: string, part: ImageFault['part'], entry?: ImageEntry): ImageFault {
  const found = lookAtEntry(path.join(dir, name));
  return { kind: found === undefined ? 'missing' : 'modified', path: name, part, entry };
}

function link(name: string, target: string): ImageEntry & { readonly kind: 'link' } {
  return { kind: 'link', path: name, target };
}

function text(name: string, data: string): ImageEntry {
  return { kind: 'file', path: name, data };
}

function isLink(file: string): boolean {
  return readLink(file) !== undefined;
}
