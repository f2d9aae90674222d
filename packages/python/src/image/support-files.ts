// The files that wheelwright itself puts into a generation, and the paths that no distribution may claim because of
// them. The installer writes them into each new generation and records their hashes in generation.json.
import { createHash } from 'node:crypto';
import { placeholderName, rootName } from '../environment/environment-paths.ts';
import { committedFileName, generationFileName } from '../environment/generation.ts';
import { pipGuardName } from '../environment/pip-guard.ts';
import { pinLine, pinLineName, pinModule, pinModuleName } from '../scripts/pin-source.ts';
import { formatScriptsMap, type ScriptTarget } from '../scripts/scripts-map.ts';
import { scriptsMapName, scriptsModule, scriptsModuleName } from '../scripts/scripts-source.ts';

/** A file that wheelwright puts into site-packages of every generation: the pin, and what starts scripts. */
export interface SupportFile {
  /** Relative to site-packages. */
  readonly path: string;
  /** Its text. */
  readonly data: string;
  /** Of `data`, in hex: what `support` in generation.json says of it. */
  readonly sha256: string;
}

/** The support files of a generation whose scripts are `scripts`. Equal scripts give equal files. */
export function supportFiles(scripts: readonly ScriptTarget[]): readonly SupportFile[] {
  const texts: Readonly<Record<string, string>> = {
    [pinLineName]: pinLine,
    [pinModuleName]: pinModule,
    [scriptsModuleName]: scriptsModule,
    [scriptsMapName]: formatScriptsMap(scripts),
  };
  return Object.entries(texts).map(([path, data]) => ({
    path,
    data,
    sha256: createHash('sha256').update(data).digest('hex'),
  }));
}

/** `support` of generation.json for these files. */
export function supportHashes(files: readonly SupportFile[]): Record<string, string> {
  return Object.fromEntries(files.map(({ path, sha256 }) => [path, sha256]));
}

const modules = [pinModuleName, scriptsModuleName].map((name) => name.replace(/\.py$/, ''));
const siteDirectory = /^lib(?:64)?\/[^/]+\/site-packages$/;
// Our modules and what Python would import in their place, a directory or an extension module; byte-code; the map.
const ofModules = new RegExp(`^lib(?:64)?/[^/]+/site-packages/(?:__pycache__/)?(?:${modules.join('|')})(?:[./]|$)`);
// Whole names only: argcomplete has scripts called python-argcomplete-… and activate-global-python-argcomplete.
const inBin = /^(?:(?:python|pypy)w?(?:\d+(?:\.\d+)?t?)?|activate(?:\.(?:fish|csh|ps1|nu|bat|sh|xsh))?|Activate\.ps1)$/;
const inGeneration = new Set([
  generationFileName,
  committedFileName,
  pipGuardName,
  'pyvenv.cfg',
  '.lock',
  '.gitignore',
]);

/**
 * Whether `relativePath`, given from the root of the generation (`bin/python3`, `lib/python3.11/site-packages/x.py`),
 * is one of ours: no distribution may claim it, and its owner is `wheelwright`.
 */
export function isSupportPath(relativePath: string): boolean {
  const slash = relativePath.lastIndexOf('/');
  const directory = slash < 0 ? '' : relativePath.slice(0, slash);
  const name = relativePath.slice(slash + 1);
  if (directory === '') return inGeneration.has(name) || name === rootName;
  if (directory === rootName || directory.startsWith(`${rootName}/`)) return true;
  if (directory === 'bin') return inBin.test(name);
  if (name === placeholderName && !directory.includes('/')) return true;
  if (name === pinLineName) return siteDirectory.test(directory);
  return relativePath.includes('/_wheelwright_') && ofModules.test(relativePath);
}
