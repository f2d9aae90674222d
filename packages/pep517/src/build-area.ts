// The directory that one build has to itself: snapshot, private out directory, temporary files of its hooks. It is live
// while somebody holds the lock on it, the runner included; what is not live is swept by the next build.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, realpathSync, statSync } from 'node:fs';
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

/**
 * Makes an area in `buildsDir`, which is made where it is absent, and removes those that dead builds left. A tree that
 * is built alone gets the same path every time: compilers write it into debug information, and their caches go by it.
 */
export async function openBuildArea(buildsDir: string, treeDir: string): Promise<BuildArea> {
  mkdirSync(buildsDir, { recursive: true });
  const realBuildsDir = realpathSync(buildsDir);
  await sweepBuildAreas(realBuildsDir);
  const key = createHash('sha256').update(treeDir).digest('hex').slice(0, 8);
  const { dir, lease } = await makeLeased(path.join(realBuildsDir, `${prefix}${key}`));
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

/** The first of `<stem>-0`, `<stem>-1`, … that no other build has, new and leased. */
async function makeLeased(stem: string): Promise<{ dir: string; lease: Lock | undefined }> {
  for (let slot = 0; ; slot += 1) {
    const dir = `${stem}-${slot}`;
    try {
      mkdirSync(dir);
    } catch (error) {
      if (isErrno(error, 'EEXIST')) continue;
      throw error;
    }
    try {
      // crash here: an unleased area, swept. A sweep that comes between the two steps takes it: the next slot, then.
      const lease = await tryAcquireLock(dir);
      if (lease !== undefined && isDirectory(dir)) return { dir, lease };
      // Where a sweep has removed it already, taking the lock has made a file of that name.
      if (lease !== undefined) removeTree(dir);
      lease?.release();
    } catch (error) {
      if (error instanceof LockError && error.code === 'FSLOCK_UNSUPPORTED') return { dir, lease: undefined };
      if (!isErrno(error, 'ENOENT')) throw error;
    }
  }
}

/** The lease of an area whose owner is dead; undefined while it lives or where nobody can tell. */
async function tryLease(dir: string): Promise<Lock | undefined> {
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
