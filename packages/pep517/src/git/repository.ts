// Finds and reads the git repository that contains a tree, without running git.
import { lstatSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { isErrno } from '@wheelwright/errors';

export interface GitRepository {
  /** The work tree's top. */
  readonly rootDir: string;
  /** The directory of this work tree's HEAD and index. */
  readonly gitDir: string;
  /** The directory that all work trees share: objects, refs, config. */
  readonly commonDir: string;
}

/** The nearest repository at or above `dir`; undefined where there is none, or one that is damaged. */
export function findRepository(dir: string): GitRepository | undefined {
  for (let current = dir; ; current = path.dirname(current)) {
    const gitDir = gitDirOf(current);
    if (gitDir !== undefined && isPresent(path.join(gitDir, 'HEAD'))) {
      const common = readText(path.join(gitDir, 'commondir'))?.trim();
      return { rootDir: current, gitDir, commonDir: common === undefined ? gitDir : path.resolve(gitDir, common) };
    }
    if (path.dirname(current) === current) return undefined;
  }
}

/** A text file, or undefined where it is absent or no file. */
export function readText(filePath: string): string | undefined {
  try {
    return readFileSync(filePath, 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'EISDIR', 'EACCES')) return undefined;
    throw error;
  }
}

/** `.git` is the directory itself, or in added work trees and submodules a file that names it. */
function gitDirOf(dir: string): string | undefined {
  const dotGit = path.join(dir, '.git');
  const stats = lstatSync(dotGit, { throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  if (stats.isDirectory()) return dotGit;
  const named = /^gitdir: (.+)$/m.exec(readText(dotGit) ?? '')?.[1];
  return named === undefined ? undefined : path.resolve(dir, named.trim());
}

function isPresent(filePath: string): boolean {
  return lstatSync(filePath, { throwIfNoEntry: false }) !== undefined;
}
