// Decides what a snapshot omits: files that other tools leave in a tree and that no build may depend on. It recognises them
// by name and content, and never omits a file that git tracks.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

const byName = new Set([
  '.eggs',
  '.hypothesis',
  '.mypy_cache',
  '.nox',
  '.pyre',
  '.pytest_cache',
  '.pytype',
  '.ruff_cache',
  '.tox',
  '.turbo',
  '__pycache__',
  'node_modules',
]);
const setuptoolsOutput = /^(bdist\.|lib$|lib\.|scripts-\d|src\.|temp\.|__pycache__$)/;
const cacheSignature = 'Signature: 8a477f597d28d172789f06886806bc55';

export interface LeftOutQuestion {
  /** Absolute path of the directory. */
  readonly dir: string;
  readonly name: string;
  /** Whether it is at the top of the tree. */
  readonly atTop: boolean;
  /** The names in it. */
  readonly children: readonly string[];
  /** Whether the tree is an unpacked sdist: its `*.egg-info` is then part of the source, and setuptools reads it. */
  readonly isSdist: boolean;
}

/** Why a directory is omitted; undefined if it is part of the source. */
export function reasonToLeaveOut(question: LeftOutQuestion): string | undefined {
  const { dir, name, atTop, children, isSdist } = question;
  if (name === 'node_modules') return 'dependencies of Node';
  if (byName.has(name)) return 'cache of a tool';
  if (children.includes('pyvenv.cfg')) return 'virtual environment';
  if (children.includes('CACHEDIR.TAG') && startsWith(path.join(dir, 'CACHEDIR.TAG'), cacheSignature)) {
    return 'cache of a tool';
  }
  if (atTop && name === 'build' && children.length > 0 && children.every((child) => setuptoolsOutput.test(child))) {
    return 'left by setuptools';
  }
  if (!isSdist && name.endsWith('.egg-info') && children.includes('PKG-INFO')) return 'left by setuptools';
  return undefined;
}

/** The names in a directory; none if it no longer exists, which the comparison after the copy detects. */
export function childrenOf(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch {
    return [];
  }
}

/** Whether the tree is an unpacked sdist. */
export function isUnpackedSdist(treeDir: string): boolean {
  return statSync(path.join(treeDir, 'PKG-INFO'), { throwIfNoEntry: false })?.isFile() ?? false;
}

function startsWith(filePath: string, text: string): boolean {
  try {
    return readFileSync(filePath, 'latin1').startsWith(text);
  } catch {
    return false;
  }
}
