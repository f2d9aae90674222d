// The ways to keep others out that are compared, each as one function: resolves when the lock is held, gives its release.
import { closeSync, openSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { setTimeout as wait } from 'node:timers/promises';
import { acquireLock } from '@wheelwright/fslock';
import { disableNativeCalls } from '@wheelwright/syscalls';

export type Locker = (path: string) => Promise<() => unknown>;

interface ProperLockfile {
  lock(path: string, options: object): Promise<() => Promise<void>>;
}

/** How often those look again who cannot wait in the kernel; their own defaults start at a second. */
const pollMs = 5;

const fslock: Locker = async (path) => {
  const lock = await acquireLock(path, { timeoutMs: Infinity });
  return () => lock.release();
};

/** By name; a function each, because some have to be set up first. */
export const lockers: Readonly<Record<string, () => Locker>> = {
  fslock: () => fslock,
  'fslock, no koffi': () => {
    disableNativeCalls();
    return fslock;
  },
  'proper-lockfile': () => {
    // Where its one user has it: the bench asks for no dependency of its own.
    const manifest = new URL('../../../packages/fslock/package.json', import.meta.url);
    const { lock } = createRequire(manifest)('proper-lockfile') as ProperLockfile;
    const retries = { forever: true, factor: 1, minTimeout: pollMs, maxTimeout: pollMs };
    return (path) => lock(path, { realpath: false, retries });
  },
  'O_EXCL file': () => async (path) => {
    for (;;) {
      try {
        closeSync(openSync(path, 'wx'));
        return () => rmSync(path);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
        await wait(pollMs);
      }
    }
  },
};
