// Paths of a tree chosen by patterns, as gitignore reads them. The one place that imports `ignore`.
import ignore from 'ignore';

/** Patterns as a question about paths. */
export interface PathPatterns {
  /** Whether a path, relative to the tree with `/`, is left out. */
  excludes(path: string, isDirectory: boolean): boolean;
  /** Whether a path is kept whatever else would leave it out. */
  includes(path: string, isDirectory: boolean): boolean;
  /** Whether something that is kept may lie below a directory: only patterns with a slash reach into one left out. */
  reachesInto(directory: string): boolean;
}

/** What one of `exclude` fits is left out, but for what one of `include` fits. */
export function createPathPatterns(exclude: readonly string[], include: readonly string[]): PathPatterns {
  const [excluded, included] = [matcher(exclude), matcher(include)];
  return {
    excludes: (path, isDirectory) => excluded(path, isDirectory) && !included(path, isDirectory),
    includes: included,
    reachesInto: (directory) => include.some((pattern) => reaches(pattern, directory)),
  };
}

/** `/a/*\/c.txt` reaches into `a` and `a/b`, `**\/c.txt` into all directories, `c.txt` into none. */
function reaches(pattern: string, directory: string): boolean {
  const inner = pattern.replace(/\/$/, '');
  if (pattern.startsWith('!') || !inner.includes('/')) return false;
  const wanted = inner.replace(/^\//, '').split('/');
  for (const [at, name] of directory.split('/').entries()) {
    const segment = wanted[at];
    if (segment === '**') return true;
    if (segment === undefined || !matcher([`/${segment}`])(name, true)) return false;
  }
  return wanted.length > directory.split('/').length;
}

function matcher(patterns: readonly string[]): (path: string, isDirectory: boolean) => boolean {
  if (patterns.length === 0) return () => false;
  const rules = ignore({ allowRelativePaths: true }).add([...patterns]);
  return (path, isDirectory) => rules.ignores(isDirectory ? `${path}/` : path);
}
