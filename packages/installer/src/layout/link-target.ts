// Links that move with the tree around them into another place.
import path from 'node:path';

/**
 * The target for the link at `link` below `rootDir` once everything in `moved`, names at the top of `rootDir`, lies
 * somewhere else together: what stays inside of that is as it was, what leads out of it becomes absolute.
 */
export function linkTargetFrom(rootDir: string, link: string, target: string, moved: ReadonlySet<string>): string {
  if (path.isAbsolute(target)) return target;
  const meant = path.posix.normalize(path.posix.join(path.posix.dirname(link), target));
  return moved.has(meant.split('/', 1)[0]!) ? target : path.join(rootDir, meant);
}
