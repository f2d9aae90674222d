// Stages the content of a change, entry by entry, in an open transaction: everything that can fail for lack of space or
// permission fails here, before anything in the prefix changes.
import { statSync } from 'node:fs';
import path from 'node:path';
import { createFile, type Fs, type LinkMode, linkFile, linkTree, type Transaction } from '@wheelwright/atomic-fs';
import { directoriesOf } from '../layout/directories.ts';
import type { Content, StagedEntry } from '../model/types.ts';
import type { PrefixEntry } from './prefix-entries.ts';

/** What to stage. */
export interface StagePrefixOptions {
  readonly prefixDir: string;
  readonly sitePackages: string;
  readonly content: ReadonlyMap<string, Content>;
  readonly fs: Fs;
  readonly linkMode: LinkMode;
  readonly now: () => Date;
  /** Called between entries; throws to end the work. */
  readonly pause: () => Promise<void>;
}

/** Stages `entries` in the order in which they are to be put in place. */
export async function stagePrefix(
  transaction: Transaction,
  entries: readonly PrefixEntry[],
  options: StagePrefixOptions,
): Promise<readonly StagedEntry[]> {
  const below = contentByEntry(entries, options.content);
  const staged: StagedEntry[] = [];
  for (const entry of inOrder(entries, options.sitePackages)) {
    await options.pause();
    const slot = entry.kind === 'nothing' ? undefined : transaction.stage(entry.path);
    if (slot === undefined) transaction.remove(entry.path);
    else if (entry.kind === 'file') stageFile(slot, entry.path, options);
    else stageDirectory(slot, entry, below.get(entry.path) ?? [], options);
    staged.push({ path: entry.path, slot });
  }
  return staged;
}

/**
 * New paths first, then replaced ones, then removed ones. The metadata of distributions comes last: its presence is what
 * makes them installed.
 */
function inOrder(entries: readonly PrefixEntry[], sitePackages: string): PrefixEntry[] {
  const depth = sitePackages === '' ? 0 : sitePackages.split('/').length;
  const rank = ({ path: target, kind, replaces }: PrefixEntry) => {
    const isMetadata = /\.(?:dist|egg)-info$/.test(target.split('/')[depth] ?? '');
    return (isMetadata ? 3 : 0) + (kind === 'nothing' ? 2 : replaces ? 1 : 0);
  };
  return [...entries].sort((a, b) => rank(a) - rank(b) || (a.path < b.path ? -1 : 1));
}

function stageFile(slot: string, target: string, { content, fs, linkMode }: StagePrefixOptions): void {
  const one = content.get(target)!;
  if (one.kind === 'written') createFile(slot, one.data, { mode: one.mode, fs });
  else linkFile(one.source, slot, { fs, mode: linkMode });
}

function stageDirectory(
  slot: string,
  entry: PrefixEntry,
  files: readonly string[],
  { content, fs, linkMode, prefixDir, now }: StagePrefixOptions,
): void {
  const inside = files.map((file) => file.slice(entry.path.length + 1));
  const directories = [...directoriesOf(inside)].sort();
  fs.mkdir(slot);
  for (const directory of directories) fs.mkdir(`${slot}/${directory}`);
  const groups = new Map<string, { sourceDir: string; names: string[]; directory: string }>();
  for (const [index, file] of files.entries()) {
    const one = content.get(file)!;
    const target = inside[index]!;
    if (one.kind === 'written') {
      createFile(`${slot}/${target}`, one.data, { mode: one.mode, fs });
      continue;
    }
    const [sourceDir, name] = [path.posix.dirname(one.source), path.posix.basename(one.source)];
    if (name !== path.posix.basename(target)) {
      linkFile(one.source, `${slot}/${target}`, { fs, mode: linkMode });
      continue;
    }
    const directory = path.posix.dirname(target);
    const key = `${sourceDir}\0${directory}`;
    const group = groups.get(key);
    if (group !== undefined) group.names.push(name);
    else groups.set(key, { sourceDir, names: [name], directory });
  }
  for (const { sourceDir, directory, names } of groups.values()) {
    const targetDir = directory === '.' ? slot : `${slot}/${directory}`;
    const group = { sourceDir, targetDir, directories: [], files: [{ directory: '', names }] };
    linkTree(group, { fs, mode: linkMode });
  }
  if (!entry.replaces) return;
  // Last, after everything that is made in it: interpreters cache a directory by its modification time.
  for (const directory of ['', ...directories]) {
    const before = statSync(path.join(prefixDir, entry.path, directory), { throwIfNoEntry: false });
    if (before === undefined) continue;
    const timeS = Math.max(Math.ceil(now().getTime()), Math.floor(before.mtimeMs) + 2) / 1000;
    fs.utimes(path.join(slot, directory), timeS, timeS);
  }
}

function contentByEntry(entries: readonly PrefixEntry[], content: ReadonlyMap<string, Content>): Map<string, string[]> {
  const directories = new Map<string, string[]>();
  for (const { path: target, kind } of entries) if (kind === 'directory') directories.set(target, []);
  for (const file of content.keys()) {
    for (let at = file.lastIndexOf('/'); at > 0; at = file.lastIndexOf('/', at - 1)) {
      const found = directories.get(file.slice(0, at));
      if (found === undefined) continue;
      found.push(file);
      break;
    }
  }
  return directories;
}
