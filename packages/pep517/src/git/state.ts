// What git answers a build that asks for a version or for the list of files, as one hash: the commit, its branch and the
// tags, the index, and which tracked files outside of the tree are changed. The tree's own files are known otherwise.
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { isErrno } from '@wheelwright/errors';
import type { GitIndex } from './index-file.ts';
import { type GitRepository, readText } from './repository.ts';

/** What counts: the refs that describe a commit, all refs, or all refs and the configuration of repository and user. */
export type GitScope = 'head' | 'all' | 'configured';

/** Hashes the state; `treePath` is the tree below the top of the repository, with `/`. */
export function gitState(
  repository: GitRepository,
  index: GitIndex | undefined,
  treePath: string,
  scope: GitScope,
  variables: Readonly<Record<string, string | undefined>> = {},
): string {
  const { gitDir, commonDir } = repository;
  const hash = createHash('sha256');
  const head = readText(path.join(gitDir, 'HEAD'))?.trim() ?? '';
  const packed = packedRefs(readText(path.join(commonDir, 'packed-refs')) ?? '');
  const named = /^ref: (.+)$/.exec(head)?.[1];
  const commit = named === undefined ? head : (readText(path.join(commonDir, named))?.trim() ?? packed.get(named));
  hash.update(JSON.stringify([scope, head, commit, readText(path.join(commonDir, 'shallow')) ?? '']));
  const prefixes = scope === 'head' ? ['refs/tags', 'refs/replace'] : ['refs'];
  const refs = new Map([...packed].filter(([name]) => prefixes.some((below) => name.startsWith(below))));
  for (const below of prefixes)
    for (const name of filesBelow(path.join(commonDir, below)))
      refs.set(`${below}/${name}`, readText(path.join(commonDir, below, name))?.trim() ?? '');
  hash.update(JSON.stringify(configuration(repository, scope, variables)));
  // Tables of refs are not read; any change of them counts.
  for (const name of filesBelow(path.join(commonDir, 'reftable'))) refs.set(`reftable/${name}`, '');
  hash.update(JSON.stringify([...refs].sort()));
  const prefix = treePath === '' ? '' : `${treePath}/`;
  for (const entry of index?.entries ?? []) {
    const isOutside = !entry.path.startsWith(prefix);
    const changed = isOutside && entry.isPlain && isChanged(repository, index!, entry) ? '!' : '';
    hash.update(`${changed}${entry.objectId.toString('hex')} ${entry.path}\0`);
  }
  return hash.digest('hex');
}

/** Sections of a clone that say nothing of its files. */
const ofTheClone = /^\[(remote|branch|user|url|credential|http|gc|maintenance|submodule|gui|lfs|color|alias)\b/i;

function configuration(
  { gitDir, commonDir }: GitRepository,
  scope: GitScope,
  { HOME, XDG_CONFIG_HOME }: Readonly<Record<string, string | undefined>>,
): (string | undefined)[] {
  const own = [path.join(commonDir, 'config'), path.join(gitDir, 'config.worktree')].map(readText);
  const info = ['attributes', 'exclude', 'grafts'].map((name) => readText(path.join(commonDir, 'info', name)));
  if (scope !== 'configured') return [...info, ...own.map(withoutClone)];
  const home = HOME ?? '/';
  const ofUser = XDG_CONFIG_HOME ?? path.join(home, '.config');
  const files = [
    path.join(home, '.gitconfig'),
    ...['config', 'attributes', 'ignore'].map((name) => path.join(ofUser, 'git', name)),
    '/etc/gitconfig',
    '/etc/gitattributes',
  ];
  return [...info, ...own, ...files.map(readText)];
}

/** Without the sections of the clone, and without comments. */
function withoutClone(text: string | undefined): string | undefined {
  return text
    ?.split(/^(?=[ \t]*\[)/m)
    .filter((section) => !ofTheClone.test(section.trim()))
    .join('')
    .replace(/^[ \t]*[;#].*\n/gm, '');
}

function isChanged({ rootDir }: GitRepository, index: GitIndex, entry: GitIndex['entries'][number]): boolean {
  try {
    const stats = lstatSync(path.join(rootDir, entry.path), { bigint: true, throwIfNoEntry: false });
    return stats === undefined || !index.matches(entry, stats);
  } catch (error) {
    if (isErrno(error, 'ENOTDIR')) return true;
    throw error;
  }
}

function packedRefs(text: string): Map<string, string> {
  return new Map([...text.matchAll(/^([0-9a-f]{40,64}) (\S+)$/gm)].map((match) => [match[2]!, match[1]!]));
}

function filesBelow(dir: string): string[] {
  try {
    return readdirSync(dir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.endsWith('.lock'))
      .map((entry) => path.relative(dir, path.join(entry.parentPath, entry.name)))
      .sort();
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  }
}
