// The private directory of one build: its snapshot, its output directory and the temporary files of its hooks. It is in use
// while a process, such as the runner, holds its lock. The next build removes directories that are not in use.
import { createHash } from 'node:crypto';
import { mkdirSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { makeLeasedDirectory, sweepLeasedDirectories } from './leased-directory.ts';

/** A private directory and its lock. */
export interface BuildArea {
  /** Real path. */
  readonly dir: string;
  readonly outDir: string;
  readonly treeParentDir: string;
  /** The hooks' TMPDIR, so that files of a killed hook are removed with the area; undefined if its path is too long. */
  readonly temporaryDir: string | undefined;
  /** The descriptor of the lock, passed to the runner; undefined if the file system has no such locks. */
  readonly leaseFd: number | undefined;
  /** Removes it. */
  release(): void;
}

const prefix = '.build-';
/** The path of a Unix socket in the hooks' temporary directory must not exceed 107 bytes. */
const longestTemporaryDir = 64;

/**
 * Makes an area in `buildsDir`, which is created if missing, and removes the areas of dead builds. A tree that is built
 * alone gets the same path every time, since compilers write it into debug information and compiler caches depend on it.
 */
export async function openBuildArea(buildsDir: string, source: string): Promise<BuildArea> {
  mkdirSync(buildsDir, { recursive: true });
  const realBuildsDir = realpathSync(buildsDir);
  await sweepLeasedDirectories(realBuildsDir, prefix);
  const key = createHash('sha256').update(source).digest('hex').slice(0, 8);
  const leased = await makeLeasedDirectory(realBuildsDir, `${prefix}${key}`);
  const sub = (name: string) => {
    const subDir = path.join(leased.dir, name);
    mkdirSync(subDir);
    return subDir;
  };
  const temporaryDir = path.join(leased.dir, 't').length <= longestTemporaryDir ? sub('t') : undefined;
  return { ...leased, outDir: sub('out'), treeParentDir: sub('s'), temporaryDir };
}

/** The directory into which compilers write the lists of files that they read. */
export function dependencyFile({ dir }: BuildArea): string {
  return path.join(dir, 'd');
}

/** The directory into which hooks write their observed inputs. */
export function notesFile({ dir }: BuildArea): string {
  return path.join(dir, 'n');
}

/** First on the hooks' PYTHONPATH if their inputs are observed. */
export function childObserverDir({ dir }: BuildArea): string {
  return path.join(dir, 'o');
}
