// How everything that changes an environment begins, steps 1 and 2 of docs/protocols/install.md and foreign.md.
import { type Durability, type Fs, nodeFs } from '@wheelwright/atomic-fs';
import { acquireLock, type Lock, type LockHolder } from '@wheelwright/fslock';
import { environmentPaths } from '@wheelwright/python';
import type { PrefixOptions } from '../model/types.ts';
import { recoverPrefix } from './recover-prefix.ts';
import { reportRecovered } from './report-written.ts';

export interface LockEnvironmentOptions extends Pick<PrefixOptions, 'target'> {
  /** What this is, for those who wait. */
  readonly command: string;
  readonly lockTimeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onWait?: ((holder: LockHolder | undefined) => void) | undefined;
  readonly fs?: Fs | undefined;
  readonly durability?: Durability | undefined;
}

/**
 * The environment's lock, with what a dead writer left in place of a transaction recovered. Throws
 * INSTALL_ENVIRONMENT_CHANGED where another program had written into that meanwhile: who sees the end of a change tells
 * of it, and nothing else is done.
 */
export async function lockEnvironment(environmentDir: string, options: LockEnvironmentOptions): Promise<Lock> {
  const { fs = nodeFs, durability = 'full' } = options;
  const { lock } = await lockAndRun(environmentDir, options, (held) => {
    // 2. What a dead writer left is finished or undone.  crash here: the same again, to be recovered by the next.
    const recovered = recoverPrefix(environmentDir, { lock: held, fs, durability });
    if (recovered !== undefined) reportRecovered(environmentDir, recovered);
  });
  return lock;
}

/** The lock, and what `act` did first under it; where that throws, the lock is released. */
export async function lockAndRun<T>(
  environmentDir: string,
  { command, lockTimeoutMs, signal, onWait, target }: LockEnvironmentOptions,
  act: (lock: Lock) => T,
): Promise<{ readonly lock: Lock; readonly result: T }> {
  const { lock: lockPath } = environmentPaths(environmentDir);
  // 1. The lock.                                       crash here: nothing; the lock goes with its process.
  // A target is shipped as it stands, so its lock file goes with the lock.
  const removeOnRelease = target !== undefined;
  const options = { timeoutMs: lockTimeoutMs, signal, purpose: command, onWait, removeOnRelease };
  const lock = await acquireLock(lockPath, options);
  try {
    return { lock, result: act(lock) };
  } catch (error) {
    lock.release();
    throw error;
  }
}
