// Lists the files of a tree that git tracks. They belong to the source, whatever their names.
import { spawnSync } from 'node:child_process';
import { copyFileSync, readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { isErrno } from '@wheelwright/errors';
import { type GitIndex, parseGitIndex } from './index-file.ts';
import { type GitRepository, readText } from './repository.ts';

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

/**
 * The index of a repository; undefined where there is none yet, or neither we nor git can read it. `scratchPath` is an
 * absent path for a file that is removed again.
 */
export function readGitIndex(repository: GitRepository, scratchPath: string): GitIndex | undefined {
  const indexPath = path.join(repository.gitDir, 'index');
  const found = readIndexFile(indexPath, repository);
  if (found === undefined || found !== 'unknown') return found;
  // Split, sparse or newer than we know: git writes it plainly.
  try {
    copyFileSync(indexPath, scratchPath);
    const variables = ['-u', 'GIT_DIR', '-u', 'GIT_WORK_TREE', `GIT_INDEX_FILE=${scratchPath}`];
    const settings = ['-c', 'core.splitIndex=false', '-c', 'index.sparse=false', '-c', 'core.fsmonitor=false'];
    const words = ['update-index', '--no-split-index', '--index-version', '2', '--force-write-index'];
    const { status } = spawnSync('env', [...variables, 'git', ...settings, ...words], {
      cwd: repository.rootDir,
      stdio: 'ignore',
    });
    const plain = status === 0 ? readIndexFile(scratchPath, repository) : undefined;
    return plain === 'unknown' ? undefined : plain;
  } finally {
    rmSync(scratchPath, { force: true });
  }
}

function readIndexFile(indexPath: string, repository: GitRepository): GitIndex | 'unknown' | undefined {
  try {
    const { mtimeNs } = statSync(indexPath, { bigint: true });
    return parseGitIndex(readFileSync(indexPath), mtimeNs, hashAlgorithm(repository)) ?? 'unknown';
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'EACCES')) return undefined;
    // The index is truncated. git reports that itself.
    if (error instanceof RangeError || error instanceof TypeError) return 'unknown';
    throw error;
  }
}
