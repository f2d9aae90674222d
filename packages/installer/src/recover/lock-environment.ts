// How every operation on an environment begins: steps 1 and 2 of docs/protocols/install.md and foreign.md.
import { type Durability, nodeFs } from '@wheelwright/atomic-fs';
import { acquireLock, type Lock } from '@wheelwright/fslock';
import { environmentPaths } from '@wheelwright/python';
import type { OperationOptions } from '../model/operation-options.ts';
import type { PrefixOptions } from '../model/types.ts';
import { recoverPrefix } from './recover-prefix.ts';
import { reportRecovered } from './report-written.ts';

/** How the lock is taken. */
export interface LockEnvironmentOptions extends Omit<OperationOptions, 'command'>, Pick<PrefixOptions, 'target'> {
  /** What the operation is, for processes that wait. */
  readonly command: string;
  /** How the recovery syncs; `full` by default. */
  readonly durability?: Durability | undefined;
}

/**
 * Takes the environment's lock and recovers the transaction that a dead process left. Throws INSTALL_ENVIRONMENT_CHANGED
 * where another program had written into that transaction's paths: the operation that finishes it reports that, and does
 * nothing else.
 */
export async function lockEnvironment(environmentDir: string, options: LockEnvironmentOptions): Promise<Lock> {
  const { fs = nodeFs, durability = 'full' } = options;
  const { lock } = await lockAndRun(environmentDir, options, (held) => {
    // 2. What a dead writer left is finished or undone.  crash here: the next recovery does it again.
    const recovered = recoverPrefix(environmentDir, { lock: held, fs, durability });
    if (recovered !== undefined) reportRecovered(environmentDir, recovered);
  });
  return lock;
}

/** Takes the lock and calls `act` under it. Where `act` throws, the lock is released. */
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
