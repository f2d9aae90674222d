// Makes entries of an environment's image, with the directories that they need, in a place that no reader sees yet.
import path from 'node:path';
import { createFile, type Fs } from '@wheelwright/atomic-fs';
import type { ImageEntry } from '@wheelwright/python';

/** Makes `entries` below the absolute directory `dir`; `made` has its directories, relative, and gets the new ones. */
export function layEntries(dir: string, entries: readonly ImageEntry[], made: Set<string>, fs: Fs): void {
  const ensure = (directory: string) => {
    if (directory === '.' || made.has(directory)) return;
    ensure(path.posix.dirname(directory));
    made.add(directory);
    fs.mkdir(`${dir}/${directory}`);
  };
  for (const entry of entries) {
    ensure(entry.kind === 'directory' ? entry.path : path.posix.dirname(entry.path));
    if (entry.kind !== 'directory') layEntry(`${dir}/${entry.path}`, entry, fs);
  }
}

/** Makes `entry` at the absolute path `at`. */
export function layEntry(at: string, entry: ImageEntry, fs: Fs): void {
  if (entry.kind === 'link') fs.symlink(entry.target, at);
  else if (entry.kind === 'file') createFile(at, entry.data, { mode: entry.mode, fs });
  else fs.mkdir(at);
}
