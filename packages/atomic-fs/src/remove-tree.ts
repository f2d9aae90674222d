// Removes a tree, including read-only directories, also while another process removes the same tree.
import { type Dirent, readdirSync } from 'node:fs';
import path from 'node:path';
import { isErrno } from '@wheelwright/errors';
import { nodeFs } from './node-fs.ts';
import type { Fs } from './ports.ts';

/** How {@link removeTree} works. */
export interface RemoveTreeOptions {
  /** The calls that change the disk; the real disk by default. */
  readonly fs?: Fs | undefined;
}

/** How often a directory is emptied again while another process writes into it, before ENOTEMPTY is thrown. */
const emptyings = 5;

/**
 * Removes a file, a link (not what it points to) or a directory with all that is in it; an absent one is fine.
 * Directories that forbid it are made writable first, where the owner may do that.
 */
export function removeTree(target: string, { fs = nodeFs }: RemoveTreeOptions = {}): void {
  try {
    fs.unlink(target);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return;
    // A directory: EISDIR on Linux, EPERM where POSIX is followed to the letter.
    if (!isErrno(error, 'EISDIR', 'EPERM')) throw error;
    removeDirectory(fs, target);
  }
}

function removeDirectory(fs: Fs, dir: string): void {
  for (let attempt = 1; ; attempt += 1) {
    empty(fs, dir);
    try {
      fs.rmdir(dir);
      return;
    } catch (error) {
      if (isErrno(error, 'ENOENT')) return;
      if (attempt === emptyings || !isErrno(error, 'ENOTEMPTY', 'EEXIST')) throw error;
    }
  }
}

function empty(fs: Fs, dir: string): void {
  let opened = false;
  for (const entry of list(fs, dir)) {
    const entryPath = path.join(dir, entry.name);
    for (;;) {
      try {
        if (entry.isDirectory()) removeDirectory(fs, entryPath);
        else fs.unlink(entryPath);
      } catch (error) {
        if (isErrno(error, 'EACCES', 'EPERM') && !opened) {
          opened = true;
          fs.chmod(dir, 0o700);
          continue;
        }
        if (!isErrno(error, 'ENOENT')) throw error;
      }
      break;
    }
  }
}

function list(fs: Fs, dir: string): Dirent[] {
  try {
    return readdirSync(dir, { withFileTypes: true });
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    if (!isErrno(error, 'EACCES')) throw error;
    fs.chmod(dir, 0o700);
    return readdirSync(dir, { withFileTypes: true });
  }
}
