// What a check did to the staged generation that it looked at. Its files share their content with the store, so that an
// edit in place is told and refuses the change; what was only added, byte-code above all, is taken away again.
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

/** The files that lie where they lay and hold something else; what was replaced or removed concerns `dir` alone. */
export function editedSince(dir: string, before: StagedPicture): string[] {
  const now = pictureOf(dir);
  const inode = (look = '') => look.split(' ', 1)[0];
  return [...before]
    .filter(([path, look]) => now.get(path) !== look && inode(now.get(path)) === inode(look))
    .filter(([, look]) => !look.startsWith('directory'))
    .map(([path]) => path);
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
