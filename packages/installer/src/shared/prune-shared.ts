// Removes shared generations that no environment names, beside running changes. A process that begins to use a generation
// shares its lock until its environment names the generation; removal takes that lock exclusively.
import { statSync } from 'node:fs';
import path from 'node:path';
import { createTemporary, type Fs, listNames, nodeFs, sweepTemporaries } from '@wheelwright/atomic-fs';
import { isCodedError, isErrno } from '@wheelwright/errors';
import { type Lock, tryAcquireLock } from '@wheelwright/fslock';
import type { OperationOptions } from '../model/operation-options.ts';
import { manifestPath } from '../read/shared-manifest.ts';
import { checkArea, type SharedArea, sharedArea } from './data-directory.ts';
import { namedKeys, sweepRoots } from './roots.ts';
import { fillingPrefix } from './shared-generations.ts';

/** How {@link pruneShared} works. */
export interface PruneSharedOptions extends Pick<OperationOptions, 'lockTimeoutMs' | 'signal' | 'fs'> {
  /** Remove generations that no environment names and no change used for so long, in ms; 0: all that none names. */
  readonly unusedForMs?: number | undefined;
  /** The clock in ms since 1970; that of the machine by default. */
  readonly now?: (() => number) | undefined;
}

/** What {@link pruneShared} did. */
export interface PruneSharedReport {
  /** Relative to the data directory; the roots of environments that are gone as `roots/` and the environment's path. */
  readonly removed: readonly string[];
  /** Shared generations that stay, because environments lead into them or are about to. */
  readonly inUse: readonly string[];
}

/**
 * Removes what dead processes left in the data directory at the absolute path `dataDir`, roots of environments that are
 * gone, and generations that no environment names. After a crash the next call does the rest. Throws FSLOCK_TIMEOUT,
 * INSTALL_UNSAFE_DATA, INSTALL_NEWER_DATA.
 */
export async function pruneShared(dataDir: string, options: PruneSharedOptions = {}): Promise<PruneSharedReport> {
  const { unusedForMs, lockTimeoutMs: timeoutMs, signal, now = Date.now, fs = nodeFs } = options;
  const area = sharedArea(dataDir);
  if (!checkArea(area)) return { removed: [], inUse: [] };
  const removed = await sweepTemporaries(area.shared, { prefix: fillingPrefix, fs });
  // 1. Roots of environments that are gone.            crash here: some of them are left.
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

/** `in use`: a process begins to use it, or an environment names it; `absent`: another prune removed it. */
async function removeKey(area: SharedArea, key: string, fs: Fs): Promise<'removed' | 'in use' | 'absent'> {
  const dir = path.join(area.shared, key);
  // 2. No process makes it or begins to use it.        crash here: nothing; the lock goes with its process.
  const lock = await tryLock(path.join(area.locks, key));
  if (lock === undefined) return 'in use';
  try {
    // 3. Named now? A process that shared the lock until now has made its environment name the generation.
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
