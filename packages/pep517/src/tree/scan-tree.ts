// Lists a tree, with the facts that show whether an entry changed. Decides which paths to omit. Only reads.
import { lstatSync, readdirSync, readlinkSync, type Stats } from 'node:fs';
import path from 'node:path';
import { isErrno } from '@wheelwright/errors';
import type { TrackedFiles } from '../git/tracked-files.ts';
import { isUnpackedSdist, reasonToLeaveOut } from './excluded-paths.ts';

export interface TreeEntry {
  /** Relative to the tree. */
  readonly path: string;
  readonly kind: 'directory' | 'file' | 'symlink';
  readonly mode: number;
  readonly mtimeMs: number;
  /** When the file system last changed anything about it; no program can set it back. */
  readonly ctimeMs: number;
  /** In bytes; 0 for a directory. */
  readonly size: number;
  /** Where a link points to. */
  readonly target?: string | undefined;
  /** Differs when the entry changed: size, times, inode, mode. Directories have none: others publish into them. */
  readonly fingerprint: string;
}

export interface TreeScan {
  /** Parents first. */
  readonly entries: readonly TreeEntry[];
  /** The newest ctime of any file: no program can set it back. */
  readonly newestMs: number;
}

/** The user's choice of paths. */
export interface TreePatterns {
  /** Whether a path is omitted. */
  excludes(path: string, isDirectory: boolean): boolean;
  /** Whether a path is always part of the source. */
  includes(path: string, isDirectory: boolean): boolean;
  /** Whether something that is kept may lie below a directory that is left out. */
  reachesInto(directory: string): boolean;
}

export interface ScanTreeOptions {
  /** Absolute directories that are no part of the source: the out directory, the place of the builds. */
  readonly leaveOutDirs: readonly string[];
  /** Absolute directory that holds artifacts beside source files: `*.whl` and `*.tar.gz` in it are left out. */
  readonly artifactsDir?: string | undefined;
  /** The user's choice, by path relative to the tree. */
  readonly patterns?: TreePatterns | undefined;
  /** The tracked files, read only if a path would be omitted; undefined if there is no readable index. */
  readonly tracked: () => TrackedFiles | undefined;
}

const artifact = /\.(whl|tar\.gz|partial)$/;

/** Lists the tree. Entries that disappear during the scan are skipped; the next scan differs then. */
export function scanTree(treeDir: string, options: ScanTreeOptions): TreeScan {
  const isSdist = isUnpackedSdist(treeDir);
  const entries: TreeEntry[] = [];
  let newestMs = 0;

  const visit = (relativeDir: string, onlyTracked: boolean) => {
    const dir = path.join(treeDir, relativeDir);
    for (const entry of list(dir)) {
      const relative = relativeDir === '' ? entry.name : `${relativeDir}/${entry.name}`;
      const absolute = path.join(dir, entry.name);
      if (relative === '.git') continue;
      if (entry.isDirectory()) visitDirectory(relative, absolute, entry.name, relativeDir === '', onlyTracked);
      else if (entry.isFile() || entry.isSymbolicLink()) {
        const isLeftOut = onlyTracked
          ? options.patterns?.includes(relative, false) !== true
          : options.patterns?.excludes(relative, false) === true;
        if (isLeftOut && !options.tracked()?.files.has(relative)) continue;
        if (dir === options.artifactsDir && artifact.test(entry.name) && !options.tracked()?.files.has(relative))
          continue;
        add(relative, absolute);
      }
    }
  };

  const visitDirectory = (relative: string, absolute: string, name: string, atTop: boolean, onlyTracked: boolean) => {
    const { patterns } = options;
    const isOutput = options.leaveOutDirs.includes(absolute);
    let skipsUntracked = onlyTracked && patterns?.includes(relative, true) !== true;
    if (!skipsUntracked) {
      const children = list(absolute).map((child) => child.name);
      skipsUntracked =
        isOutput ||
        patterns?.excludes(relative, true) === true ||
        (patterns?.includes(relative, true) !== true &&
          reasonToLeaveOut({ dir: absolute, name, atTop, children, isSdist }) !== undefined);
    }
    const isTracked = () => options.tracked()?.directories.has(relative) === true;
    const reaches = skipsUntracked && !isOutput && patterns?.reachesInto(relative) === true;
    if (skipsUntracked && !reaches && !isTracked()) return;
    const stats = statOf(absolute);
    if (stats === undefined) return;
    const { mode, mtimeMs, ctimeMs } = stats;
    entries.push({ path: relative, kind: 'directory', mode, mtimeMs, ctimeMs, size: 0, fingerprint: '' });
    const before = entries.length;
    visit(relative, skipsUntracked);
    // Nothing below it is kept: then neither is it.
    if (reaches && entries.length === before && !isTracked()) entries.pop();
  };

  const add = (relative: string, absolute: string) => {
    const stats = statOf(absolute);
    if (stats === undefined) return;
    const { size, ino, mode, mtimeMs, ctimeMs } = stats;
    newestMs = Math.max(newestMs, ctimeMs);
    const isLink = stats.isSymbolicLink();
    const target = isLink ? linkTarget(absolute) : undefined;
    const fingerprint = `${size} ${ino} ${mode} ${mtimeMs} ${ctimeMs}`;
    const kind = isLink ? 'symlink' : 'file';
    entries.push({ path: relative, kind, mode, mtimeMs, ctimeMs, size, target, fingerprint });
  };

  visit('', false);
  return { entries, newestMs };
}

/** The first path that differs between two scans, or undefined. Neither artifacts nor bare directories count. */
export function findChange(before: TreeScan, after: TreeScan): string | undefined {
  const counts = ({ path: relative, kind }: TreeEntry) => kind !== 'directory' && !artifact.test(relative);
  const earlier = new Map(before.entries.filter(counts).map((entry) => [entry.path, entry.fingerprint]));
  for (const entry of after.entries) {
    if (counts(entry) && earlier.get(entry.path) !== entry.fingerprint) return entry.path;
    earlier.delete(entry.path);
  }
  return earlier.keys().next().value;
}

function list(dir: string) {
  try {
    return readdirSync(dir, { withFileTypes: true });
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  }
}

function statOf(absolute: string): Stats | undefined {
  try {
    return lstatSync(absolute);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}

function linkTarget(absolute: string): string | undefined {
  try {
    return readlinkSync(absolute);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'EINVAL')) return undefined;
    throw error;
  }
}
