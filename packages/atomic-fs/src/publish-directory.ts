// Gives a finished directory its name. If several processes publish the same name, exactly one wins and none is torn.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { isErrno } from '@wheelwright/errors';
import { syncCommitted } from './commit-rename.ts';
import { nodeFs } from './node-fs.ts';
import type { Fs } from './ports.ts';
import { type Durability, syncTree } from './sync.ts';

/** How {@link publishDirectory} works. */
export interface PublishDirectoryOptions {
  /** `full` by default: on the disk when the call returns. */
  readonly durability?: Durability | undefined;
  /** The calls that change the disk; the real disk by default. */
  readonly fs?: Fs | undefined;
}

/**
 * Syncs `stagedDir` and renames it to `targetDir` if that path is free or an empty directory. Returns `'exists'`, and
 * leaves `stagedDir` unchanged, if another process was first. Both paths must be on one file system. Throws
 * `ATOMIC_FS_NOT_DURABLE` when the rename succeeded and the sync of its parent failed.
 */
export function publishDirectory(
  stagedDir: string,
  targetDir: string,
  options: PublishDirectoryOptions = {},
): 'published' | 'exists' {
  const { durability = 'full', fs = nodeFs } = options;
  // 1. The content is on the disk before its name is.  crash here: the staged directory is litter.
  if (durability === 'full') syncTree(stagedDir, { fs });
  // 2. The rename: the commit.                         crash here: absent before, whole after.
  if (renameIfFree(fs, stagedDir, targetDir) === 'exists') return 'exists';
  // 3. Its parent is synced.                           crash here: whole; after a power cut absent or whole.
  if (durability === 'full') syncCommitted(fs, path.dirname(path.resolve(targetDir)), targetDir);
  return 'published';
}

function renameIfFree(fs: Fs, from: string, to: string): 'renamed' | 'exists' {
  if (fs.renameNoReplace(from, to) === 'renamed') return 'renamed';
  // An empty directory has no content to lose. rename(2) replaces it in one step and refuses a directory with entries.
  if (!isEmptyDirectory(to)) return 'exists';
  try {
    fs.rename(from, to);
    return 'renamed';
  } catch (error) {
    if (isErrno(error, 'ENOTEMPTY', 'EEXIST', 'ENOTDIR', 'EPERM')) return 'exists';
    throw error;
  }
}

function isEmptyDirectory(dir: string): boolean {
  try {
    return readdirSync(dir).length === 0;
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return false;
    throw error;
  }
}
