// What a check did to the tree that it examined. A changed file refuses the change of the environment; files that the check
// added, byte-code above all, are removed.
import { lstatSync, readdirSync } from 'node:fs';
import { type Fs, removeTree } from '@wheelwright/atomic-fs';
import { isByteCode } from '../layout/byte-code.ts';

/** Every path of a tree, with a text that differs after an edit. */
export type StagedPicture = ReadonlyMap<string, string>;

/** The picture of everything below `dir`. */
export function pictureOf(dir: string): StagedPicture {
  const picture = new Map<string, string>();
  const visit = (directory: string) => {
    for (const entry of readdirSync(`${dir}/${directory}`, { withFileTypes: true })) {
      const path = directory === '' ? entry.name : `${directory}/${entry.name}`;
      const isDirectory = entry.isDirectory();
      const { ino, size, mtimeMs, mode } = lstatSync(`${dir}/${path}`);
      // The names in a directory say more than its modification time.
      picture.set(path, isDirectory ? `directory ${mode}` : `${ino} ${size} ${mtimeMs} ${mode}`);
      if (isDirectory) visit(path);
    }
  };
  visit('');
  return picture;
}

/** The paths of `before` that changed or are gone. Byte-code does not count: an interpreter renews it. */
export function changedSince(dir: string, before: StagedPicture): string[] {
  const now = pictureOf(dir);
  return [...before].filter(([path, look]) => now.get(path) !== look && !isByteCode(path)).map(([path]) => path);
}

/** How a tree differs from its picture. */
export interface StagedDifference {
  /** Paths that changed or are gone. */
  readonly changed: readonly string[];
  /** Whether paths were added, which are removed by now. */
  readonly removed: boolean;
}

/** Removes the paths that were added since `before`. */
export function tidyStaged(dir: string, before: StagedPicture, fs: Fs): StagedDifference {
  const now = pictureOf(dir);
  const changed = [...before].filter(([path, look]) => now.get(path) !== look).map(([path]) => path);
  const added = [...now.keys()].filter((path) => !before.has(path));
  // Parents come first: an added directory is removed with everything in it.
  const outermost: string[] = [];
  for (const path of added) {
    const last = outermost.at(-1);
    if (last === undefined || !path.startsWith(`${last}/`)) outermost.push(path);
  }
  for (const path of outermost) removeTree(`${dir}/${path}`, { fs });
  return { changed, removed: outermost.length > 0 };
}
