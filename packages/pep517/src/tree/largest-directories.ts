// Finds the directories that make copying a tree slow, so that the user can exclude them.
import type { TreeEntry } from './scan-tree.ts';

/** A directory and what is in it. */
export interface DirectorySize {
  /** Relative to the tree. */
  readonly path: string;
  readonly bytes: number;
}

/** A copy of less is not worth a word. */
const worthTelling = 200 * 1024 * 1024;
/** How much of the whole a directory has to hold to be named. */
const share = 0.2;
const mostNamed = 3;

/**
 * The deepest directories that each hold a fifth or more of a tree of 200 MB or more, the largest first, three at most;
 * none of a smaller tree, nor of files that lie at its top.
 */
export function largestDirectories(entries: readonly TreeEntry[]): readonly DirectorySize[] {
  const sizes = new Map<string, number>();
  let total = 0;
  for (const { path, size } of entries) {
    total += size;
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const dir = path.slice(0, end);
      sizes.set(dir, (sizes.get(dir) ?? 0) + size);
    }
  }
  if (total < worthTelling) return [];
  const large = [...sizes].filter(([, bytes]) => bytes >= total * share);
  const deepest = large.filter(([dir]) => !large.some(([other]) => other.startsWith(`${dir}/`)));
  return deepest
    .map(([path, bytes]) => ({ path, bytes }))
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, mostNamed);
}
