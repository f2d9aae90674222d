// An image becomes a directory. The directory is private until it is published as a whole, so nothing is synced here.
import { statSync } from 'node:fs';
import path from 'node:path';
import { createFile, type Fs } from '@wheelwright/atomic-fs';
import { isErrno } from '@wheelwright/errors';
import type { ImageEntry } from './environment-image.ts';

/** Makes `entries` below `dir`, which exists and is empty, in their order. */
export function writeImage(dir: string, entries: readonly ImageEntry[], fs: Fs): void {
  for (const entry of entries) {
    const target = path.join(dir, entry.path);
    if (entry.kind === 'directory') fs.mkdir(target);
    else if (entry.kind === 'link') fs.symlink(entry.target, target);
    else createFile(target, entry.data, { mode: entry.mode, fs });
  }
}

/** Makes `dir` and what is missing above it. Another process may be making the same ones. */
export function ensureDirectory(dir: string, fs: Fs): void {
  if (statSync(dir, { throwIfNoEntry: false })?.isDirectory()) return;
  ensureDirectory(path.dirname(dir), fs);
  try {
    fs.mkdir(dir);
  } catch (error) {
    if (!isErrno(error, 'EEXIST') || !statSync(dir).isDirectory()) throw error;
  }
}
