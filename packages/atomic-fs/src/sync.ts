// Syncs written data to the disk: one directory, or a whole tree by one call where the platform has syncfs(2).
import { closeSync, openSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { isErrno } from '@wheelwright/errors';
import { syncFileSystemBeside } from '@wheelwright/syscalls';
import { nodeFs } from './node-fs.ts';
import type { Fs } from './ports.ts';
import { withFile } from './with-file.ts';

/** `'full'`: on the disk when the call returns. `'none'`: survives a crash of the process, not a power cut. */
export type Durability = 'full' | 'none';

/** How a sync works. */
export interface SyncOptions {
  /** The calls that change the disk; the real disk by default. */
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

/** Paths of one file system to sync together. */
export interface SyncSet {
  /** Directories that are synced with all that is in them. */
  readonly trees: readonly string[];
  /** Directories whose names are synced. */
  readonly directories: readonly string[];
}

/** All of them are on the disk, at the price of one syncfs where there is that call. */
export function syncTogether({ trees, directories }: SyncSet, { fs = nodeFs }: SyncOptions = {}): void {
  const first = trees[0] ?? (directories.length > 1 ? directories[0] : undefined);
  if (first !== undefined && withOpen(fs, first, (fd) => fs.syncFileSystem(fd)) === true) return;
  for (const dir of trees) syncEach(fs, dir);
  for (const dir of directories) syncDirectory(dir, { fs });
}

/**
 * The same as {@link syncTogether} on another thread, so that the caller goes on meanwhile. Where the one call fails or does
 * not exist, every file and directory is synced by itself, which names what fails. An `fs` that is not the real one is
 * synced on this thread.
 */
export async function syncTogetherBeside(places: SyncSet, { fs = nodeFs }: SyncOptions = {}): Promise<void> {
  const first = places.trees[0] ?? places.directories[0];
  if (first === undefined) return;
  if (!isReal(fs)) syncTogether(places, { fs });
  // The kernel reports a failed write to one call only, so the one call is not repeated.
  else if (!(await trySyncBeside(first, { fs }))) syncEachOf(places, { fs });
}

/** Every file and directory of `places` is on the disk, synced one by one. */
export function syncEachOf(places: SyncSet, { fs = nodeFs }: SyncOptions = {}): void {
  syncTogether(places, { fs: { ...fs, syncFileSystem: () => false } });
}

/**
 * Writes the whole file system of `dir` to its disk, on another thread. False: this is not possible here, or the disk
 * failed; the failure is not reported to a later call, so the caller must sync file by file from then on.
 */
export async function trySyncBeside(dir: string, { fs = nodeFs }: SyncOptions = {}): Promise<boolean> {
  if (!isReal(fs)) return false;
  let fd: number | undefined;
  try {
    fd = openSync(dir, 'r');
    return await syncFileSystemBeside(fd);
  } catch {
    return false;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** Whether a sync of `fs` is the kernel's, as against one that a test watches. */
function isReal(fs: Fs): boolean {
  return fs.syncFileSystem === nodeFs.syncFileSystem;
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
