// Targets of links that move into another directory with the tree around them.
import path from 'node:path';

/**
 * The target for the link at `link` below `rootDir`, when the names `moved` at the top of `rootDir` move into another
 * directory together. A target inside of `moved` stays as it is; a target outside becomes absolute.
 */
export function linkTargetFrom(rootDir: string, link: string, target: string, moved: ReadonlySet<string>): string {
  if (path.isAbsolute(target)) return target;
  const meant = path.posix.normalize(path.posix.join(path.posix.dirname(link), target));
  return moved.has(meant.split('/', 1)[0]!) ? target : path.join(rootDir, meant);
}
