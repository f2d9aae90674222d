// What git answers a build that asks for a version or for the list of files, as one hash: the commit, its branch and the
// tags, the index, and which tracked files outside of the tree are changed. The tree's own files are known otherwise.
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { isErrno } from '@wheelwright/errors';
import type { GitIndex } from './index-file.ts';
import { type GitRepository, readText } from './repository.ts';

/** Which refs count: those that describe a commit, or all of them. */
export type GitScope = 'head' | 'all';

/** Hashes the state; `treePath` is the tree below the top of the repository, with `/`. */
export function gitState(
  repository: GitRepository,
  index: GitIndex | undefined,
  treePath: string,
  scope: GitScope,
): string {
  const { gitDir, commonDir } = repository;
  const hash = createHash('sha256');
  const head = readText(path.join(gitDir, 'HEAD'))?.trim() ?? '';
  const packed = packedRefs(readText(path.join(commonDir, 'packed-refs')) ?? '');
  const named = /^ref: (.+)$/.exec(head)?.[1];
  const commit = named === undefined ? head : (readText(path.join(commonDir, named))?.trim() ?? packed.get(named));
  hash.update(JSON.stringify([scope, head, commit, readText(path.join(commonDir, 'shallow')) ?? '']));
  const below = scope === 'head' ? 'refs/tags' : 'refs';
  const refs = new Map([...packed].filter(([name]) => name.startsWith(below)));
  for (const name of filesBelow(path.join(commonDir, below))) {
    refs.set(`${below}/${name}`, readText(path.join(commonDir, below, name))?.trim() ?? '');
  }
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
