// The directory that one build has to itself: snapshot, private out directory, temporary files of its hooks. It is live
// while somebody holds the lock on it, the runner included; what is not live is swept by the next build.
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { removeTree } from '@wheelwright/atomic-fs';
import { isErrno } from '@wheelwright/errors';
import { type Lock, LockError, tryAcquireLock } from '@wheelwright/fslock';

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

/** Makes an area in `buildsDir`, which is made where it is absent, and removes those that dead builds left. */
export async function openBuildArea(buildsDir: string): Promise<BuildArea> {
  mkdirSync(buildsDir, { recursive: true });
  const realBuildsDir = realpathSync(buildsDir);
  await sweepBuildAreas(realBuildsDir);
  const { dir, lease } = await makeLeased(realBuildsDir);
  const sub = (name: string) => {
    const subDir = path.join(dir, name);
    mkdirSync(subDir);
    return subDir;
  };
  const temporaryDir = path.join(dir, 't').length <= longestTemporaryDir ? sub('t') : undefined;
  return {
    dir,
    outDir: sub('out'),
    treeParentDir: sub('s'),
    temporaryDir,
    leaseFd: lease?.fd,
    release() {
      removeTree(dir);
      lease?.release();
    },
  };
}

/** Removes the areas whose lease is free; gives their paths. */
export async function sweepBuildAreas(buildsDir: string): Promise<string[]> {
  const swept: string[] = [];
  for (const name of readdirSync(buildsDir)) {
    if (!name.startsWith(prefix)) continue;
    const dir = path.join(buildsDir, name);
    const lease = await tryLease(dir);
    if (lease === undefined) continue;
    try {
      removeTree(dir);
      swept.push(dir);
    } finally {
      lease.release();
    }
  }
  return swept;
}

async function makeLeased(buildsDir: string): Promise<{ dir: string; lease: Lock | undefined }> {
  for (;;) {
    const dir = mkdtempSync(path.join(buildsDir, prefix));
    try {
      // crash here: an unleased area, swept. A sweep that comes between the two steps takes it: then another is made.
      const lease = await tryAcquireLock(dir);
      if (lease !== undefined && isDirectory(dir)) return { dir, lease };
      lease?.release();
    } catch (error) {
      if (error instanceof LockError && error.code === 'FSLOCK_UNSUPPORTED') return { dir, lease: undefined };
      if (!isErrno(error, 'ENOENT')) throw error;
    }
  }
}

/** The lease of an area whose owner is dead; undefined while it lives or where nobody can tell. */
async function tryLease(dir: string): Promise<Lock | undefined> {
  if (!isDirectory(dir)) return undefined;
  try {
    return await tryAcquireLock(dir);
  } catch (error) {
    if (error instanceof LockError || isErrno(error, 'ENOENT', 'EACCES')) return undefined;
    throw error;
  }
}

function isDirectory(dir: string): boolean {
  return statSync(dir, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
