// Makes a private git repository around a snapshot, so that tools that ask git for a version or a list of files get the
// answers of the original: objects through `alternates`, copied refs and configuration, an index of its own. Nothing that
// a hook does with git reaches the user's repository. Names are those of gitrepository-layout(5).
import { createHash } from 'node:crypto';
import {
  type BigIntStats,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { isErrno } from '@wheelwright/errors';
import type { GitIndex, GitIndexEntry } from './index-file.ts';
import { type GitRepository, readText } from './repository.ts';

export interface GitViewOptions {
  readonly repository: GitRepository;
  readonly index: GitIndex | undefined;
  /** The path of the tree relative to the top of the repository, with '/'; '' for the top. */
  readonly treePath: string;
  /** The top of the snapshot. */
  readonly toRoot: string;
  readonly algorithm: 'sha1' | 'sha256';
}

/** If there are more files than this outside of the tree, all of them count as unchanged, to save time. */
const mostOutside = 20_000;
const overrides = `
[core]
	bare = false
	fsmonitor = false
	untrackedCache = false
	splitIndex = false
	hooksPath = /dev/null
[index]
	sparse = false
[gc]
	auto = 0
[maintenance]
	auto = false
`;

/** Makes `<toRoot>/.git`. The tree has been copied; the rest of the repository is missing or linked. */
export function createGitView(options: GitViewOptions): void {
  const { repository, index, treePath, toRoot } = options;
  const { gitDir, commonDir } = repository;
  const to = path.join(toRoot, '.git');
  mkdirSync(path.join(to, 'objects', 'info'), { recursive: true });
  mkdirSync(path.join(to, 'objects', 'pack'));
  mkdirSync(path.join(to, 'info'));
  writeFileSync(path.join(to, 'objects', 'info', 'alternates'), `${path.join(commonDir, 'objects')}\n`);
  const settings = `${overrides}[core]\n\tworktree = ${quoteConfig(toRoot)}\n`;
  writeFileSync(path.join(to, 'config'), `${readText(path.join(commonDir, 'config')) ?? ''}${settings}`);
  const ofWorktree = readText(path.join(gitDir, 'config.worktree'));
  if (ofWorktree !== undefined) writeFileSync(path.join(to, 'config.worktree'), `${ofWorktree}${settings}`);
  copyRefs(path.join(commonDir, 'refs'), path.join(to, 'refs'));
  copyRefs(path.join(commonDir, 'reftable'), path.join(to, 'reftable'));
  for (const name of ['packed-refs', 'shallow', path.join('info', 'attributes'), path.join('info', 'grafts')]) {
    copyIfPresent(path.join(commonDir, name), path.join(to, name));
  }
  for (const name of ['HEAD', path.join('info', 'sparse-checkout')]) {
    copyIfPresent(path.join(gitDir, name), path.join(to, name));
  }
  const excluded = treePath === '' ? '' : linkedNames(treePath, toRoot);
  writeFileSync(
    path.join(to, 'info', 'exclude'),
    `${readText(path.join(commonDir, 'info', 'exclude')) ?? ''}\n${excluded}`,
  );
  if (existsSync(path.join(gitDir, 'modules'))) symlinkSync(path.join(gitDir, 'modules'), path.join(to, 'modules'));
  if (index !== undefined) writeFileSync(path.join(to, 'index'), adaptIndex(index, options));
}

/** Links the files and directories around the tree, so that `../README.md` and other projects are found. */
export function linkSiblings(fromRoot: string, toRoot: string, treePath: string): void {
  let relative = '';
  for (const part of treePath.split('/')) {
    const fromDir = path.join(fromRoot, relative);
    for (const name of namesIn(fromDir)) {
      if (name === part || (relative === '' && name === '.git')) continue;
      const [from, to] = [path.join(fromDir, name), path.join(toRoot, relative, name)];
      // git does not follow links for .gitignore, .gitattributes and similar files.
      if (name.startsWith('.git') && isFile(from)) copyIfPresent(from, to);
      else symlinkSync(from, to);
    }
    relative = path.join(relative, part);
  }
}

/** Marks copied files as unchanged although they have other inodes, and missing files too. */
function adaptIndex(index: GitIndex, { repository, treePath, toRoot, algorithm }: GitViewOptions): Buffer {
  const prefix = treePath === '' ? '' : `${treePath}/`;
  const outside = index.entries.filter((entry) => !entry.path.startsWith(prefix));
  const looksOutside = outside.length <= mostOutside;
  for (const entry of index.entries) {
    if (!entry.isPlain) continue;
    const original = path.join(repository.rootDir, entry.path);
    const isInside = entry.path.startsWith(prefix);
    if (!isInside && !looksOutside) {
      index.assumeUnchanged(entry);
      continue;
    }
    const stats = statOf(original);
    if (stats === undefined) continue;
    const isUnchanged = index.matches(entry, stats) || hasContent(original, stats, entry, algorithm);
    if (!isUnchanged) continue;
    if (!isInside) index.assumeUnchanged(entry);
    else {
      const copied = statOf(path.join(toRoot, entry.path));
      if (copied !== undefined) index.setStats(entry, copied);
    }
  }
  return index.finish();
}

/** Whether the file is what the index has, filters of git aside. */
function hasContent(file: string, stats: BigIntStats, entry: GitIndexEntry, algorithm: string): boolean {
  try {
    const content = stats.isSymbolicLink() ? Buffer.from(readlinkSync(file)) : readFileSync(file);
    const digest = createHash(algorithm).update(`blob ${content.length}\0`).update(content).digest();
    return digest.equals(entry.objectId);
  } catch (error) {
    if (isErrno(error)) return false;
    throw error;
  }
}

function linkedNames(treePath: string, toRoot: string): string {
  const lines: string[] = [];
  let relative = '';
  for (const part of treePath.split('/')) {
    for (const name of readdirSync(path.join(toRoot, relative))) {
      const isOurs = name === part || name.startsWith('.git');
      if (!isOurs) lines.push(`/${path.posix.join(relative, name).replace(/[\\*?[\]!# ]/g, '\\$&')}`);
    }
    relative = path.posix.join(relative, part);
  }
  return `${lines.join('\n')}\n`;
}

function copyRefs(from: string, to: string): void {
  let names: string[];
  try {
    names = readdirSync(from);
  } catch (error) {
    if (!isErrno(error, 'ENOENT', 'ENOTDIR')) throw error;
    if (path.basename(from) === 'refs') mkdirSync(to);
    return;
  }
  mkdirSync(to);
  for (const name of names) {
    if (name.endsWith('.lock')) continue;
    const file = path.join(from, name);
    if (isFile(file)) copyIfPresent(file, path.join(to, name));
    else copyRefs(file, path.join(to, name));
  }
}

function isFile(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
}

function namesIn(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch (error) {
    if (isErrno(error, 'EACCES')) return [];
    throw error;
  }
}

function copyIfPresent(from: string, to: string): void {
  try {
    copyFileSync(from, to);
  } catch (error) {
    if (!isErrno(error, 'ENOENT', 'ENOTDIR')) throw error;
  }
}

function statOf(file: string): BigIntStats | undefined {
  try {
    return lstatSync(file, { bigint: true, throwIfNoEntry: false });
  } catch (error) {
    if (isErrno(error, 'ENOTDIR')) return undefined;
    throw error;
  }
}

function quoteConfig(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&')}"`;
}
