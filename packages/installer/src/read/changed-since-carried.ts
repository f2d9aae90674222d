// Whether another program wrote into a prefix since it was read: pip takes no lock, and uv continues without its lock after
// 300 s. A directory has the time of its last change; where that moved, its names and files are compared with what came
// along. A change of byte-code stops nothing, but byte-code that was carried beside such a change is dropped.
import { readFileSync, type Stats, statSync } from 'node:fs';
import { type Fs, listNames, lookAtEntry, syncDirectory } from '@wheelwright/atomic-fs';
import { isCacheDir } from '../layout/byte-code.ts';
import type { Carried, SeenDirectory } from './carry.ts';

/** The paths below `prefixDir` that differ from what was carried from it into `copyDir`; empty: no program wrote. */
export function changedSince(prefixDir: string, carried: Carried, copyDir: string): string[] {
  const moved = movedSince(prefixDir, carried, (path) => !isCacheDir(path));
  if (moved.length === 0) return [];
  const files = filesByDirectory(carried);
  return moved.flatMap((directory) => changesIn(prefixDir, directory, files.get(directory.path) ?? [], copyDir));
}

/**
 * Removes from `copyDir` the byte-code that was carried from a `__pycache__` which changed since. An installer that
 * replaces a module writes the source first and the byte-code later: a copy made in between has the old byte-code beside
 * the new source, and Python takes it where both sources have one size and one second. Python compiles it again.
 */
export function dropChangedByteCode(prefixDir: string, carried: Carried, copyDir: string, fs: Fs): void {
  const moved = movedSince(prefixDir, carried, isCacheDir);
  if (moved.length === 0) return;
  const files = filesByDirectory(carried);
  for (const { path } of moved) {
    const copies = (files.get(path) ?? []).map((name) => join(join(copyDir, path), name));
    const there = copies.filter((copy) => lookAtEntry(copy) !== undefined);
    for (const copy of there) fs.unlink(copy);
    if (there.length > 0) syncDirectory(join(copyDir, path), { fs });
  }
}

function movedSince(prefixDir: string, { seen }: Carried, concerns: (path: string) => boolean): SeenDirectory[] {
  return seen.filter(({ path, mtimeNs }) => {
    if (!concerns(path)) return false;
    const now = statSync(join(prefixDir, path), { bigint: true, throwIfNoEntry: false });
    return now?.mtimeNs !== mtimeNs;
  });
}

function filesByDirectory({ files }: Carried): Map<string, readonly string[]> {
  return new Map(files.map(({ directory, names }) => [directory, names]));
}

function changesIn(prefixDir: string, seen: SeenDirectory, carried: readonly string[], copyDir: string): string[] {
  const names = listNames(join(prefixDir, seen.path)).filter((name) => !isCacheDir(name));
  const before = new Set(seen.names);
  const now = new Set(names);
  return [
    ...names.filter((name) => !before.has(name)),
    ...seen.names.filter((name) => !isCacheDir(name) && !now.has(name)),
    ...carried.filter((name) => now.has(name) && !isSame(prefixDir, copyDir, join(seen.path, name))),
  ].map((name) => join(seen.path, name));
}

function isSame(prefixDir: string, copyDir: string, file: string): boolean {
  const [one, other] = [stat(join(prefixDir, file)), stat(join(copyDir, file))];
  if (one === undefined || other === undefined) return one === other;
  if (one.ino === other.ino && one.dev === other.dev) return true;
  return one.size === other.size && readFileSync(join(prefixDir, file)).equals(readFileSync(join(copyDir, file)));
}

function stat(file: string): Stats | undefined {
  return statSync(file, { throwIfNoEntry: false });
}

function join(directory: string, name: string): string {
  return directory === '' ? name : name === '' ? directory : `${directory}/${name}`;
}
