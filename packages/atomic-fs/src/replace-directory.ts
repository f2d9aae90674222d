// Replaces one directory by another. To replace several at once, or to survive a crash on every file system, use a
// transaction.
import path from 'node:path';
import { ignoreFailure, isErrno } from '@wheelwright/errors';
import { syncCommitted } from './commit-rename.ts';
import { markOf } from './identity.ts';
import { nodeFs } from './node-fs.ts';
import type { Fs } from './ports.ts';
import { removeTree } from './remove-tree.ts';
import { type Durability, syncTree } from './sync.ts';

/** How {@link replaceDirectory} works. */
export interface ReplaceDirectoryOptions {
  /** `full` by default: on the disk when the call returns. */
  readonly durability?: Durability | undefined;
  /** The calls that change the disk; the real disk by default. */
  readonly fs?: Fs | undefined;
}

/**
 * Puts `stagedDir` in the place of `targetDir`, which need not exist, and removes what was there. In one step where
 * the file system can exchange two names (Linux); elsewhere there is a moment without `targetDir`, and a crash in it
 * is made good by {@link restoreDirectory} or by the next call. Callers hold a lock over `targetDir`.
 */
export function replaceDirectory(stagedDir: string, targetDir: string, options: ReplaceDirectoryOptions = {}): void {
  const { durability = 'full', fs = nodeFs } = options;
  restoreDirectory(targetDir, { fs });
  // 1. The content is on the disk before its name is.  crash here: the staged directory is litter.
  if (durability === 'full') syncTree(stagedDir, { fs });
  // 2. The exchange: the commit.                       crash here: old before, new after, the old one is litter.
  const replaced = putInPlace(fs, stagedDir, targetDir);
  // 3. The parent is synced.                           crash here: the same; after a power cut old or new.
  if (durability === 'full') syncCommitted(fs, path.dirname(path.resolve(targetDir)), targetDir);
  // 4. The old one is removed.                         crash here: the rest of it is litter.
  if (replaced !== undefined) ignoreFailure(() => removeTree(replaced, { fs }));
}

/** Undoes the first half of a replacement that died between its two renames; does nothing else. */
export function restoreDirectory(targetDir: string, { fs = nodeFs }: { fs?: Fs | undefined } = {}): void {
  const asideDir = asideOf(targetDir);
  if (markOf(asideDir) === undefined) return;
  if (markOf(targetDir) === undefined) fs.rename(asideDir, targetDir);
  else removeTree(asideDir, { fs });
}

function putInPlace(fs: Fs, stagedDir: string, targetDir: string): string | undefined {
  if (markOf(targetDir) === undefined) {
    fs.rename(stagedDir, targetDir);
    return undefined;
  }
  if (exchanged(fs, stagedDir, targetDir)) return stagedDir;
  const asideDir = asideOf(targetDir);
  fs.rename(targetDir, asideDir);
  try {
    // crash here: there is no target; restoreDirectory brings the old one back.
    fs.rename(stagedDir, targetDir);
  } catch (error) {
    ignoreFailure(() => fs.rename(asideDir, targetDir));
    throw error;
  }
  return asideDir;
}

function exchanged(fs: Fs, a: string, b: string): boolean {
  try {
    return fs.renameExchange(a, b);
  } catch (error) {
    // overlayfs: a directory of a lower layer can neither be exchanged nor renamed.
    if (isErrno(error, 'EXDEV')) return false;
    throw error;
  }
}

function asideOf(targetDir: string): string {
  return path.join(path.dirname(targetDir), `.${path.basename(targetDir)}.replaced`);
}
