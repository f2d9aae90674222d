// Which environments lead into the data directory. Each registers itself before its pointer is switched; what none of
// them names may go. An environment names what its generations lead into, also those that are not current.
import { readlinkSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { type Fs, listNames, readText, writeFileAtomic } from '@wheelwright/atomic-fs';
import { isCodedError, isErrno } from '@wheelwright/errors';
import { tryAcquireLock, withLock } from '@wheelwright/fslock';
import { environmentPaths } from '@wheelwright/python';
import type { SharedArea } from './data-directory.ts';
import { digest } from './set-key.ts';

export interface WaitOptions {
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Makes the environment known, durably. The caller holds its lock until a generation of it leads into the area. */
export async function registerRoot(
  area: SharedArea,
  environmentDir: string,
  { fs, ...wait }: WaitOptions & { readonly fs: Fs },
): Promise<void> {
  const dir = realpathSync(environmentDir);
  const root = path.join(area.roots, digest(dir).slice(0, 32));
  // Shared with each other, never with a sweep: else one could take for old what is being made new.
  await withLock(path.join(area.locks, 'roots'), { mode: 'shared', ...wait }, () => {
    if (readText(root) !== `${dir}\n`) writeFileAtomic(root, `${dir}\n`, { fs, links: 'replace' });
  });
}

/** The keys that some environment names; undefined where one of them cannot be looked into: then nothing may go. */
export function namedKeys(area: SharedArea): Set<string> | undefined {
  const keys = new Set<string>();
  for (const name of listNames(area.roots)) {
    const named = keysOf(rootDir(area, name));
    if (named === undefined) return undefined;
    for (const key of named) keys.add(key);
  }
  return keys;
}

/** Removes the roots of environments that are gone or lead nowhere into the area; gives their paths. */
export async function sweepRoots(area: SharedArea, fs: Fs, wait: WaitOptions): Promise<string[]> {
  return withLock(path.join(area.locks, 'roots'), { purpose: 'sweeping roots', ...wait }, async () => {
    const swept: string[] = [];
    for (const name of listNames(area.roots)) {
      const dir = rootDir(area, name);
      if (dir !== undefined && !(await isUnneeded(dir))) continue;
      fs.unlink(path.join(area.roots, name));
      swept.push(dir ?? name);
    }
    return swept;
  });
}

// A writer in an environment registers it first and makes it lead here afterwards: while it works nothing is concluded.
async function isUnneeded(environmentDir: string): Promise<boolean> {
  if (keysOf(environmentDir)?.size !== 0) return false;
  const { generations, lock: lockPath } = environmentPaths(environmentDir);
  // It is gone, or something else by now: one that is made there anew registers after this sweep.
  if (listNames(generations).length === 0) return true;
  try {
    const lock = await tryAcquireLock(lockPath, { purpose: 'sweeping roots' });
    const unneeded = lock !== undefined && keysOf(environmentDir)?.size === 0;
    lock?.release();
    return unneeded;
  } catch (error) {
    if (isErrno(error) || isCodedError(error)) return false;
    throw error;
  }
}

function rootDir(area: SharedArea, name: string): string | undefined {
  // It may have gone since it was listed: swept, or half-made and renamed to its name by now.
  return /^(\/.*)\n$/.exec(readText(path.join(area.roots, name)) ?? '')?.[1];
}

/** The keys that an environment's generations lead to; undefined where that cannot be seen. */
function keysOf(environmentDir: string | undefined): Set<string> | undefined {
  if (environmentDir === undefined) return new Set();
  const { generations } = environmentPaths(environmentDir);
  const found = new Set<string>();
  try {
    for (const name of listNames(generations)) {
      const key = /\/([0-9a-f]{64})\/lib$/.exec(linkIn(path.join(generations, name)))?.[1];
      if (key !== undefined) found.add(key);
    }
  } catch (error) {
    if (isErrno(error)) return undefined;
    throw error;
  }
  return found;
}

function linkIn(generationDir: string): string {
  try {
    return readlinkSync(path.join(generationDir, 'lib'));
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'EINVAL')) return '';
    throw error;
  }
}
