// What a check did to the tree that it looked at. A change of what was there refuses the change of the environment; what
// was only added, byte-code above all, is removed again.
import { lstatSync, readdirSync } from 'node:fs';
import { type Fs, removeTree } from '@wheelwright/atomic-fs';

/** Every path of a staged generation with what would tell an edit. */
export type StagedPicture = ReadonlyMap<string, string>;

/** Looks at everything below `dir`. */
export function pictureOf(dir: string): StagedPicture {
  const picture = new Map<string, string>();
  const visit = (directory: string) => {
    for (const entry of readdirSync(`${dir}/${directory}`, { withFileTypes: true })) {
      const path = directory === '' ? entry.name : `${directory}/${entry.name}`;
      const isDirectory = entry.isDirectory();
      const { ino, size, mtimeMs, mode } = lstatSync(`${dir}/${path}`);
      // A directory's time tells only what its names tell better.
      picture.set(path, isDirectory ? `directory ${mode}` : `${ino} ${size} ${mtimeMs} ${mode}`);
      if (isDirectory) visit(path);
    }
  };
  visit('');
  return picture;
}

/** The paths of `before` that are not as they were or are gone. Byte-code is not looked at: an interpreter renews it. */
export function changedSince(dir: string, before: StagedPicture): string[] {
  const now = pictureOf(dir);
  return [...before].filter(([path, look]) => now.get(path) !== look && !isByteCode(path)).map(([path]) => path);
}

function isByteCode(path: string): boolean {
  return /(?:^|\/)__pycache__(?:\/|$)|\.pyc$/.test(path);
}

/** What is not as it was, and whether something was added. */
export interface StagedDifference {
  readonly changed: readonly string[];
  readonly removed: boolean;
}

/** Removes what came since `before`; gives what was changed or is gone, which nobody can put back. */
export function tidyStaged(dir: string, before: StagedPicture, fs: Fs): StagedDifference {
  const now = pictureOf(dir);
  const changed = [...before].filter(([path, look]) => now.get(path) !== look).map(([path]) => path);
  const added = [...now.keys()].filter((path) => !before.has(path));
  // Parents come first: what lies in a directory that was added goes with it.
  const outermost: string[] = [];
  for (const path of added) {
    const last = outermost.at(-1);
    if (last === undefined || !path.startsWith(`${last}/`)) outermost.push(path);
  }
  for (const path of outermost) removeTree(`${dir}/${path}`, { fs });
  return { changed, removed: outermost.length > 0 };
}
