// Shared generations that no environment names go away, beside running changes. Removing takes the lock that everybody
// who takes one into use shares until an environment of theirs names it.

import { statSync } from 'node:fs';
import path from 'node:path';
import { createTemporary, type Fs, listNames, nodeFs, sweepTemporaries } from '@wheelwright/atomic-fs';
import { isCodedError, isErrno } from '@wheelwright/errors';
import { type Lock, tryAcquireLock } from '@wheelwright/fslock';
import { manifestPath } from '../read/shared-manifest.ts';
import { checkArea, type SharedArea, sharedArea } from './data-directory.ts';
import { namedKeys, sweepRoots } from './roots.ts';
import { fillingPrefix } from './shared-generations.ts';

export interface PruneSharedOptions {
  /** Also what no environment names and nobody has used for so long; 0: all that none names. */
  readonly unusedForMs?: number | undefined;
  readonly lockTimeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly now?: (() => number) | undefined;
  readonly fs?: Fs | undefined;
}

export interface PruneSharedReport {
  /** Relative to the data directory; the roots of environments that are gone as `roots/` and the environment's path. */
  readonly removed: readonly string[];
  /** Shared generations that environments lead into, or are about to. */
  readonly inUse: readonly string[];
}

/** Takes away what dead processes left in the data directory, roots that name nothing, and generations nobody names. */
export async function pruneShared(dataDir: string, options: PruneSharedOptions = {}): Promise<PruneSharedReport> {
  const { unusedForMs, lockTimeoutMs: timeoutMs, signal, now = Date.now, fs = nodeFs } = options;
  const area = sharedArea(dataDir);
  if (!checkArea(area)) return { removed: [], inUse: [] };
  const removed = await sweepTemporaries(area.shared, { prefix: fillingPrefix, fs });
  // 1. Roots that say nothing any more.                crash here: some of them are left.
  for (const dir of await sweepRoots(area, fs, { timeoutMs, signal })) removed.push(`roots/${dir}`);
  const report = {
    removed: removed.map((found) => path.relative(dataDir, path.resolve(dataDir, found))),
    inUse: [] as string[],
  };
  const named = namedKeys(area);
  const limit = unusedForMs === undefined ? -Infinity : unusedForMs === 0 ? Infinity : now() - unusedForMs;
  for (const key of listNames(area.shared).filter((name) => /^[0-9a-f]{64}$/.test(name))) {
    const isNamed = named === undefined || named.has(key);
    if (!isNamed && !(lastUse(path.join(area.shared, key)) < limit)) continue;
    const outcome = isNamed ? 'in use' : await removeKey(area, key, fs);
    if (outcome !== 'absent') (outcome === 'removed' ? report.removed : report.inUse).push(`shared/${key}`);
  }
  return report;
}

/** `in use`: somebody is about to use it, or does by now; `absent`: another prune was faster. */
async function removeKey(area: SharedArea, key: string, fs: Fs): Promise<'removed' | 'in use' | 'absent'> {
  const dir = path.join(area.shared, key);
  // 2. Nobody is making it or taking it into use.      crash here: nothing; the lock goes with its process.
  const lock = await tryLock(path.join(area.locks, key));
  if (lock === undefined) return 'in use';
  try {
    // 3. Looked at again: who had it shared until just now has made an environment name it.
    const named = namedKeys(area);
    if (named === undefined || named.has(key)) return 'in use';
    const isThere = statSync(dir, { throwIfNoEntry: false }) !== undefined;
    if (isThere) await takeAway(area, dir, fs);
    // 5. Waiters find that the file has gone and make a new one.
    fs.unlink(lock.path);
    return isThere ? 'removed' : 'absent';
  } finally {
    lock.release();
  }
}

async function takeAway(area: SharedArea, dir: string, fs: Fs): Promise<void> {
  const temporary = await createTemporary(area.shared, { prefix: fillingPrefix, fs });
  try {
    // 4. Out of sight in one step, then away.          crash here: litter with a free lease, swept.
    fs.rename(dir, path.join(temporary.dir, path.basename(dir)));
  } finally {
    temporary.release();
  }
}

async function tryLock(lockPath: string): Promise<Lock | undefined> {
  try {
    return await tryAcquireLock(lockPath, { purpose: 'removing shared packages' });
  } catch (error) {
    if (isCodedError(error, 'FSLOCK_HELD_BY_ANCESTOR') || isErrno(error, 'EACCES')) return undefined;
    throw error;
  }
}

function lastUse(dir: string): number {
  return statSync(manifestPath(dir), { throwIfNoEntry: false })?.mtimeMs ?? -Infinity;
}
