// Which files of a tree git tracks: those are source, whatever they are called.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

export interface TrackedFiles {
  /** Relative to the tree. */
  readonly files: ReadonlySet<string>;
  /** Every directory that holds one, at any depth. */
  readonly directories: ReadonlySet<string>;
}

/** What git tracks below `treeDir`; undefined without a repository, without git, or where git refuses to answer. */
export function readTrackedFiles(treeDir: string): TrackedFiles | undefined {
  if (findRepository(treeDir) === undefined) return undefined;
  const { status, stdout } = spawnSync('git', ['ls-files', '-z'], {
    cwd: treeDir,
    encoding: 'utf8',
    maxBuffer: 1 << 30,
  });
  return status === 0 ? trackedFiles(stdout.split('\0').filter((name) => name !== '')) : undefined;
}

/** The nearest directory at or above `dir` that has a `.git`. */
export function findRepository(dir: string): string | undefined {
  for (let current = dir; ; current = path.dirname(current)) {
    if (existsSync(path.join(current, '.git'))) return current;
    if (path.dirname(current) === current) return undefined;
  }
}

/** The set with its directories. */
export function trackedFiles(names: readonly string[]): TrackedFiles {
  const directories = new Set<string>();
  for (const name of names) {
    for (let dir = path.posix.dirname(name); dir !== '.' && !directories.has(dir); dir = path.posix.dirname(dir)) {
      directories.add(dir);
    }
  }
  return { files: new Set(names), directories };
}
