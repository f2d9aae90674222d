// Copies a scanned tree: shares blocks if the file system can, preserves modes and times, and redirects links so that no
// writer in the copy reaches the original.
import { constants, copyFileSync, lstatSync, mkdirSync, rmSync, symlinkSync, utimesSync } from 'node:fs';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { isErrno } from '@wheelwright/errors';
import type { TreeEntry } from './scan-tree.ts';

export interface CopyTreeOptions {
  /** The directory whose links are redirected into the copy: the tree, or the repository around it. */
  readonly root: { readonly from: string; readonly to: string };
  /** Whether the target may hold an earlier copy. */
  readonly replaces?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

const filesPerTurn = 256;

/**
 * Copies `entries` of `fromDir` into `toDir`, which exists, and replaces existing files and links. Entries that have
 * disappeared are skipped; the next listing shows it.
 */
export async function copyTree(
  entries: readonly TreeEntry[],
  fromDir: string,
  toDir: string,
  options: CopyTreeOptions,
): Promise<void> {
  for (const [index, entry] of entries.entries()) {
    if (index % filesPerTurn === filesPerTurn - 1) await setImmediate();
    options.signal?.throwIfAborted();
    const from = path.join(fromDir, entry.path);
    const to = path.join(toDir, entry.path);
    try {
      if (entry.kind === 'directory') {
        makeDirectory(to, entry.mode);
        continue;
      }
      if (options.replaces === true) rmSync(to, { force: true, recursive: true });
      if (entry.kind === 'file') copyFile(from, to, entry.mtimeMs);
      else if (entry.target !== undefined) symlinkSync(bendLink(entry.target, from, options.root), to);
    } catch (error) {
      if (!isErrno(error, 'ENOENT', 'ENOTDIR')) throw error;
    }
  }
}

function makeDirectory(dir: string, mode: number): void {
  try {
    mkdirSync(dir, (mode & 0o7777) | 0o700);
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error;
    if (lstatSync(dir).isDirectory()) return;
    // A file became a directory between two copies.
    rmSync(dir);
    makeDirectory(dir, mode);
  }
}

function copyFile(from: string, to: string, mtimeMs: number): void {
  copyFileSync(from, to, constants.COPYFILE_FICLONE);
  utimesSync(to, mtimeMs / 1000, mtimeMs / 1000);
}

/** Redirects a link into the original to the copy. A relative link that leaves the original keeps its target. */
function bendLink(target: string, from: string, root: { readonly from: string; readonly to: string }): string {
  const goal = path.resolve(path.dirname(from), target);
  const inside = goal === root.from || goal.startsWith(root.from + path.sep);
  if (path.isAbsolute(target)) return inside ? path.join(root.to, path.relative(root.from, goal)) : target;
  return inside ? target : goal;
}
