// The directory that one build has to itself: snapshot, private out directory, temporary files of its hooks. It is live
// while somebody holds the lock on it, the runner included; what is not live is swept by the next build.
import { createHash } from 'node:crypto';
import { mkdirSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { makeLeasedDirectory, sweepLeasedDirectories } from './leased-directory.ts';

/** A private directory and the lock that keeps it. */
export interface BuildArea {
  /** Real path. */
  readonly dir: string;
  readonly outDir: string;
  readonly treeParentDir: string;
  /** The hooks' TMPDIR, so that what a killed hook leaves goes with the area; undefined where its path is too long. */
  readonly temporaryDir: string | undefined;
  /** Passed to the runner; undefined where the file system has no such locks. */
  readonly leaseFd: number | undefined;
  /** Removes it. */
  release(): void;
}

const prefix = '.build-';
/** A Unix socket in a temporary directory of the hook has to keep within 107 bytes. */
const longestTemporaryDir = 64;

/**
 * Makes an area in `buildsDir`, which is made where it is absent, and removes those that dead builds left. A tree that
 * is built alone gets the same path every time: compilers write it into debug information, and their caches go by it.
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

/** Where compilers write what they read. */
export function dependencyFile({ dir }: BuildArea): string {
  return path.join(dir, 'd');
}

/** Where hooks note what they use. */
export function notesFile({ dir }: BuildArea): string {
  return path.join(dir, 'n');
}

/** Comes first on the hooks' PYTHONPATH where they note what they use. */
export function childObserverDir({ dir }: BuildArea): string {
  return path.join(dir, 'o');
}
