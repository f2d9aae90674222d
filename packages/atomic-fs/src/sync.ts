// What was written reaches the disk: one directory, or a whole tree in one call where the platform has one.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { isErrno } from '@wheelwright/errors';
import { nodeFs } from './node-fs.ts';
import type { Fs } from './ports.ts';
import { withFile } from './with-file.ts';

/** `full`: on the disk when the call returns. `none`: whole after a crash of the process, not after one of the machine. */
export type Durability = 'full' | 'none';

export interface SyncOptions {
  readonly fs?: Fs | undefined;
}

/** The names in `dir` are on the disk: after this a power cut no longer undoes a rename, link or removal in it. */
export function syncDirectory(dir: string, { fs = nodeFs }: SyncOptions = {}): void {
  withOpen(fs, dir, (fd) => {
    try {
      fs.fsync(fd);
    } catch (error) {
      // Some network and FUSE file systems have no fsync for directories, and then nothing better either.
      if (!isErrno(error, 'EINVAL', 'ENOTSUP', 'EISDIR')) throw error;
    }
  });
}

/**
 * Everything in `dir` is on the disk: one syncfs of its file system where there is that call, else an fsync of every
 * file and directory. Links are not followed; another file system mounted below is not reached.
 */
export function syncTree(dir: string, options: SyncOptions = {}): void {
  syncTogether({ trees: [dir], directories: [] }, options);
}

/** Places of one file system: trees with all that is in them, directories with the names in them alone. */
export interface SyncSet {
  readonly trees: readonly string[];
  readonly directories: readonly string[];
}

/** All of them are on the disk, at the price of one syncfs where there is that call. */
export function syncTogether({ trees, directories }: SyncSet, { fs = nodeFs }: SyncOptions = {}): void {
  const first = trees[0] ?? (directories.length > 1 ? directories[0] : undefined);
  if (first !== undefined && withOpen(fs, first, (fd) => fs.syncFileSystem(fd)) === true) return;
  for (const dir of trees) syncEach(fs, dir);
  for (const dir of directories) syncDirectory(dir, { fs });
}

function syncEach(fs: Fs, dir: string): void {
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const entryPath = path.join(dir, entry.name);
    if (entry.isDirectory()) syncEach(fs, entryPath);
    else if (entry.isFile()) withOpen(fs, entryPath, (fd) => fs.fsync(fd));
  }
  // Last: once a directory is on the disk, so is what its names stand for.
  syncDirectory(dir, { fs });
}

/** Runs with `target` open for reading; undefined on Windows for directories, which cannot be opened there. */
function withOpen<T>(fs: Fs, target: string, run: (fd: number) => T): T | undefined {
  try {
    return withFile(fs, target, 'r', undefined, run);
  } catch (error) {
    if (process.platform === 'win32' && isErrno(error, 'EISDIR', 'EPERM', 'EACCES')) return undefined;
    throw error;
  }
}
