// Which environments lead into the data directory. Each registers itself before its pointer is switched. A generation that
// no environment names may be removed. An environment names what any of its generations leads into.
import { readlinkSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { type Fs, listNames, readText, writeFileAtomic } from '@wheelwright/atomic-fs';
import { isCodedError, isErrno } from '@wheelwright/errors';
import { tryAcquireLock, withLock } from '@wheelwright/fslock';
import { environmentPaths } from '@wheelwright/python';
import type { SharedArea } from './data-directory.ts';
import { digest } from './set-key.ts';

/** How a lock is waited for. */
export interface WaitOptions {
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Registers the environment, durably. The caller holds its lock until a generation of it leads into the area. */
export async function registerRoot(
  area: SharedArea,
  environmentDir: string,
  { fs, ...wait }: WaitOptions & { readonly fs: Fs },
): Promise<void> {
  const dir = realpathSync(environmentDir);
  const root = path.join(area.roots, digest(dir).slice(0, 32));
  // Registrations share the lock with each other, never with a sweep: else a sweep could remove a root that is renewed.
  await withLock(path.join(area.locks, 'roots'), { mode: 'shared', ...wait }, () => {
    if (readText(root) !== `${dir}\n`) writeFileAtomic(root, `${dir}\n`, { fs, links: 'replace' });
  });
}

/** The keys that environments name; undefined where one environment cannot be read: then nothing may be removed. */
export function namedKeys(area: SharedArea): Set<string> | undefined {
  const keys = new Set<string>();
  for (const name of listNames(area.roots)) {
    const named = keysOf(rootDir(area, name));
    if (named === undefined) return undefined;
    for (const key of named) keys.add(key);
  }
  return keys;
}

/** Removes the roots of environments that are gone or do not lead into the area; returns their paths. */
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

// A change registers the environment before its generation leads here: while the change has the lock, the root stays.
async function isUnneeded(environmentDir: string): Promise<boolean> {
  if (keysOf(environmentDir)?.size !== 0) return false;
  const { generations, lock: lockPath } = environmentPaths(environmentDir);
  // The environment is gone. A new one at the same path registers itself after this sweep.
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
  // The file may have vanished since it was listed: another sweep removed it, or its writer renamed it.
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
