// Entries of an environment's image, laid where they are wanted with the directories that they need. What they are laid
// into is private until it is committed.
import path from 'node:path';
import { createFile, type Fs } from '@wheelwright/atomic-fs';
import type { ImageEntry } from '@wheelwright/python';

/** Makes `entries` below the directory `dir`; `made`: the directories in it, relative. */
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

/** Makes what `entry` says at the path `at`. */
export function layEntry(at: string, entry: ImageEntry, fs: Fs): void {
  if (entry.kind === 'link') fs.symlink(entry.target, at);
  else if (entry.kind === 'file') createFile(at, entry.data, { mode: entry.mode, fs });
  else fs.mkdir(at);
}
