// Shared generations made, found and replaced: the publish protocol of docs/protocols/shared.md in the same numbers.
// Whoever takes one into use holds its lock shared until an environment leads into it; whoever makes or removes one holds
// it exclusively.
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

/** The prefix of what is being made or taken away. */
export const fillingPrefix = 'filling';

export interface ShelfOptions {
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

/** What lies at `dir`: `changed` is what somebody wrote into, or took something out of. */
export function inspectShared(dir: string): 'sound' | 'changed' | 'absent' {
  if (statSync(dir, { throwIfNoEntry: false }) === undefined) return 'absent';
  if (readManifest(dir) === undefined) return 'changed';
  // The modes bind everyone but root: where they do, nobody can have written.
  return process.getuid?.() !== 0 || changedDirectories(dir).length === 0 ? 'sound' : 'changed';
}

/** The generation `key` where it is there and sound. */
export async function findShared(
  area: SharedArea,
  key: string,
  { fs, ...wait }: ShelfOptions,
): Promise<SharedLease | undefined> {
  const dir = path.join(area.shared, key);
  if (!existsSync(manifestPath(dir))) return undefined;
  // 1. Its lock is shared.                             crash here: nothing; the lock goes with its process.
  const lock = await acquireLock(path.join(area.locks, key), { mode: 'shared', purpose: 'sharing packages', ...wait });
  try {
    // 2. It is looked at: it may have been taken away while we waited, or written into.
    const manifest = inspectShared(dir) === 'sound' ? readManifest(dir) : undefined;
    if (manifest === undefined) lock.release();
    // 3. Its use is noted, for those who remove what nobody has used for long.
    else noteUse(dir, fs);
    return manifest && { dir, manifest, release: () => lock.release() };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** The generation `key`, made by `fill` where it is not there; of many who want it at once one makes it. */
export async function openShared(
  area: SharedArea,
  key: string,
  fill: (stagedDir: string) => Promise<void>,
  options: ShelfOptions,
): Promise<SharedLease> {
  for (;;) {
    const lease = (await findShared(area, key, options)) ?? (await publishShared(area, key, fill, options));
    if (lease !== undefined) return lease;
  }
}

/**
 * Makes the generation `key` unless it is sound and was not `edited`; one that was changed is replaced in one step, for
 * all who lead there. Whoever made it keeps the lock: else it could be removed before anybody names it.
 */
export async function publishShared(
  area: SharedArea,
  key: string,
  fill: (stagedDir: string) => Promise<void>,
  { fs, edited = false, ...wait }: ShelfOptions & { readonly edited?: boolean },
): Promise<SharedLease | undefined> {
  const dir = path.join(area.shared, key);
  // 1. One makes it, the others wait.                  crash here: the lock goes with its process; the next one makes it.
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
    // No such call: for a moment there is none.        crash between: absent, and made by the next who wants it.
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
    // A disk that cannot be written to: then nothing is removed from it either.
  }
}
