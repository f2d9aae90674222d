// Which files of a tree git tracks: those are source, whatever they are called.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isErrno } from '@wheelwright/errors';
import { type GitIndex, parseGitIndex } from './git-index.ts';
import { type GitRepository, readText } from './git-repository.ts';

export interface TrackedFiles {
  /** Relative to the tree. */
  readonly files: ReadonlySet<string>;
  /** Every directory that holds one, at any depth. */
  readonly directories: ReadonlySet<string>;
}

/** The tracked files below `treePath` ('' for all), relative to it. */
export function trackedFiles(index: GitIndex, treePath: string): TrackedFiles {
  const prefix = treePath === '' ? '' : `${treePath}/`;
  const files = new Set<string>();
  const directories = new Set<string>();
  for (const { path: name } of index.entries) {
    if (!name.startsWith(prefix)) continue;
    const relative = name.slice(prefix.length);
    files.add(relative);
    for (let dir = path.posix.dirname(relative); dir !== '.' && !directories.has(dir); dir = path.posix.dirname(dir)) {
      directories.add(dir);
    }
  }
  return { files, directories };
}

/** The hash that the objects of a repository are called by. */
export function hashAlgorithm({ commonDir }: GitRepository): 'sha1' | 'sha256' {
  const config = readText(path.join(commonDir, 'config')) ?? '';
  return /^\s*objectformat\s*=\s*sha256\s*$/im.test(config) ? 'sha256' : 'sha1';
}

/** The index of a repository; undefined where there is none yet, or neither we nor git can read it. */
export function readGitIndex(repository: GitRepository): GitIndex | undefined {
  const algorithm = hashAlgorithm(repository);
  const read = (indexPath: string) => {
    try {
      const { mtimeNs } = statSync(indexPath, { bigint: true });
      return { index: parseGitIndex(readFileSync(indexPath), mtimeNs, algorithm) };
    } catch (error) {
      if (isErrno(error, 'ENOENT', 'EACCES')) return undefined;
      throw error;
    }
  };
  const indexPath = path.join(repository.gitDir, 'index');
  const found = read(indexPath);
  if (found === undefined || found.index !== undefined) return found?.index;
  // Split, sparse or newer than we know: git writes it plainly.
  const temporaryDir = mkdtempSync(path.join(tmpdir(), 'wheelwright-index-'));
  try {
    const plainPath = path.join(temporaryDir, 'index');
    copyFileSync(indexPath, plainPath);
    const settings = ['-c', 'core.splitIndex=false', '-c', 'index.sparse=false', '-c', 'core.fsmonitor=false'];
    const words = [...settings, 'update-index', '--no-split-index', '--index-version', '2', '--force-write-index'];
    const { status } = spawnSync('git', words, {
      cwd: repository.rootDir,
      env: { ...process.env, GIT_INDEX_FILE: plainPath },
      stdio: 'ignore',
    });
    return status === 0 ? read(plainPath)?.index : undefined;
  } finally {
    rmSync(temporaryDir, { recursive: true, force: true });
  }
}
