// Makes, finds and replaces shared generations: the publish protocol of docs/protocols/shared.md in the same numbers. A
// process that begins to use a generation shares its lock until an environment leads into it; a process that makes or
// removes a generation has its lock exclusively.
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import {
  createTemporary,
  type Fs,
  publishDirectory,
  sweepTemporaries,
  syncDirectory,
  syncTree,
} from '@wheelwright/atomic-fs';
import { acquireLock, type LockHolder } from '@wheelwright/fslock';
import { changedDirectories, manifestPath, readManifest, type SharedManifest } from '../read/shared-manifest.ts';
import type { SharedArea } from './data-directory.ts';

/** The prefix of the names of directories that are being made or removed. */
export const fillingPrefix = 'filling';

/** How a shared generation is waited for. */
export interface SharedOptions {
  readonly fs: Fs;
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onWait?: ((holder: LockHolder | undefined) => void) | undefined;
}

/** A shared generation that stays where it is until `release`. */
export interface SharedLease {
  readonly dir: string;
  readonly manifest: SharedManifest;
  release(): void;
}

/** The state of the shared generation at `dir`; `changed`: a program wrote into it or removed something from it. */
export function inspectShared(dir: string): 'sound' | 'changed' | 'absent' {
  if (statSync(dir, { throwIfNoEntry: false }) === undefined) return 'absent';
  if (readManifest(dir) === undefined) return 'changed';
  // The modes bind every user but root: as another user no program can have written.
  return process.getuid?.() !== 0 || changedDirectories(dir).length === 0 ? 'sound' : 'changed';
}

/** The generation `key`, where it exists and is sound. */
export async function findShared(
  area: SharedArea,
  key: string,
  { fs, ...wait }: SharedOptions,
): Promise<SharedLease | undefined> {
  const dir = path.join(area.shared, key);
  if (!existsSync(manifestPath(dir))) return undefined;
  // 1. Its lock is shared.                             crash here: nothing; the lock goes with its process.
  const lock = await acquireLock(path.join(area.locks, key), { mode: 'shared', purpose: 'sharing packages', ...wait });
  try {
    // 2. It is examined: it may have been removed or written into during the wait.
    const manifest = inspectShared(dir) === 'sound' ? readManifest(dir) : undefined;
    if (manifest === undefined) lock.release();
    // 3. Its use is noted, for `pruneShared`.
    else noteUse(dir, fs);
    return manifest && { dir, manifest, release: () => lock.release() };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** The generation `key`, made by `fill` where it is missing; of many processes that want it at once one makes it. */
export async function openShared(
  area: SharedArea,
  key: string,
  fill: (stagedDir: string) => Promise<void>,
  options: SharedOptions,
): Promise<SharedLease> {
  for (;;) {
    const lease = (await findShared(area, key, options)) ?? (await publishShared(area, key, fill, options));
    if (lease !== undefined) return lease;
  }
}

/**
 * Makes the generation `key` unless it is sound and not `edited`. A changed generation is replaced in one step, for all
 * environments that lead there. The maker keeps the lock: else the generation could be removed before an environment names
 * it. Undefined: it was sound.
 */
export async function publishShared(
  area: SharedArea,
  key: string,
  fill: (stagedDir: string) => Promise<void>,
  { fs, edited = false, ...wait }: SharedOptions & { readonly edited?: boolean },
): Promise<SharedLease | undefined> {
  const dir = path.join(area.shared, key);
  // 1. One process makes it, the others wait.          crash here: the lock goes with its process; the next one makes it.
  const lock = await acquireLock(path.join(area.locks, key), { purpose: 'making shared packages', ...wait });
  try {
    const before = inspectShared(dir);
    if (before !== 'sound' || edited) {
      await fillAside(area, dir, before !== 'absent', fill, fs);
      const manifest = readManifest(dir);
      if (manifest !== undefined) return { dir, manifest, release: () => lock.release() };
    }
  } catch (error) {
    lock.release();
    throw error;
  }
  lock.release();
  return undefined;
}

async function fillAside(
  area: SharedArea,
  dir: string,
  isThere: boolean,
  fill: (stagedDir: string) => Promise<void>,
  fs: Fs,
): Promise<void> {
  await sweepTemporaries(area.shared, { prefix: fillingPrefix, fs });
  const temporary = await createTemporary(area.shared, { prefix: fillingPrefix, fs });
  try {
    // 2. Filled aside and closed.                      crash here: litter with a free lease, swept by the next one.
    await fill(temporary.dir);
    // 3. Synced, renamed, the parent synced.           crash here: absent or whole; changed or as it should be.
    if (isThere) replace(temporary.dir, dir, fs);
    else publishDirectory(temporary.dir, dir, { fs });
  } finally {
    temporary.release();
  }
}

function replace(stagedDir: string, dir: string, fs: Fs): void {
  syncTree(stagedDir, { fs });
  if (!fs.renameExchange(stagedDir, dir)) {
    // Without that call there is none for a moment.    crash between: absent; the next process that wants it makes it.
    fs.rename(dir, `${stagedDir}.old`);
    fs.rename(stagedDir, dir);
  }
  syncDirectory(path.dirname(dir), { fs });
}

function noteUse(dir: string, fs: Fs): void {
  const nowS = Date.now() / 1000;
  try {
    fs.utimes(manifestPath(dir), nowS, nowS);
  } catch {
    // A disk that cannot be written to: nothing is removed from it either.
  }
}
