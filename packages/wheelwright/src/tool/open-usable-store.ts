// The store of a run: the one that is named, the usual one, or where the usual one cannot be used (no HOME, a HOME that
// is missing or read-only, a cache of another user) one beside the system's temporary files, which goes with the run.
// A process that is killed leaves its own; the next run that makes one removes it.
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { removeTree } from '@wheelwright/atomic-fs';
import { isCodedError, isErrno } from '@wheelwright/errors';
import { acquireLock, type Lock, tryAcquireLock } from '@wheelwright/fslock';
import { type OpenStoreOptions, openStore, type Store } from '@wheelwright/store';
import type { OnEvent } from './events.ts';
import { runStoreDir, runStorePrefix } from './places.ts';
import type { Settings } from './settings.ts';
import { WheelwrightError } from './wheelwright-error.ts';

/** A store that is open, where it is, and what ends the run's use of it. */
export interface UsableStore {
  readonly store: Store;
  readonly dir: string;
  /** Closes the store, and removes it where it serves this run alone. */
  close(): Promise<void>;
}

/** What a store that cannot be used fails with. */
const unusable = ['EACCES', 'EPERM', 'EROFS', 'ENOENT', 'ENOTDIR', 'EEXIST'] as const;

/**
 * Opens the store that the settings mean. One that was named is used or refused; instead of the usual one a store for
 * this run serves, and a warning says so.
 * @throws WheelwrightError WHEELWRIGHT_NO_STORE where the temporary directory cannot be written either.
 */
export async function openUsableStore(
  { storeDir, storeOrigin, home, variables }: Settings,
  options: OpenStoreOptions,
  onEvent: OnEvent,
): Promise<UsableStore> {
  if (storeOrigin === 'named') return kept(storeDir, await openNamed(storeDir, options));
  const why = storeOrigin === 'run' ? describeHome(variables.HOME) : await tryUsual(storeDir, home, options);
  if (typeof why !== 'string') return kept(storeDir, why);
  const dir = storeOrigin === 'run' ? storeDir : runStoreDir();
  onEvent({
    event: 'warning',
    text: `No store is kept, because ${why}; this run uses ${dir} and removes it. Name one that stays with --store.`,
  });
  return openForRun(dir, options);
}

function kept(dir: string, store: Store): UsableStore {
  return { store, dir, close: async () => store.close() };
}

async function openNamed(dir: string, options: OpenStoreOptions): Promise<Store> {
  try {
    makeDirectories(dir);
    return await openStore(dir, options);
  } catch (cause) {
    if (!isErrno(cause, ...unusable)) throw cause;
    throw noStore(`The store ${dir} cannot be used: ${describeErrno(cause, dir)}.`, dir, cause);
  }
}

/** The usual store, or why it cannot be used. */
async function tryUsual(dir: string, home: string | undefined, options: OpenStoreOptions): Promise<Store | string> {
  // A home that does not exist is not made: whoever set it wrong does not want it.
  if (home !== undefined && dir.startsWith(`${home}/`) && !existsSync(home))
    return `HOME names ${home}, which does not exist`;
  try {
    makeDirectories(dir);
    return await openStore(dir, options);
  } catch (error) {
    if (isErrno(error, ...unusable)) return `${dir} cannot be used (${describeErrno(error, dir)})`;
    if (isCodedError(error, 'STORE_UNSAFE')) return `it would not be safe: ${error.message.replace(/\.$/, '')}`;
    throw error;
  }
}

/** One directory after the other: below /proc Node's recursive mkdir never ends, where this fails with ENOENT. */
function makeDirectories(dir: string): void {
  if (existsSync(dir)) return;
  makeDirectories(path.dirname(dir));
  try {
    mkdirSync(dir, { mode: 0o700 });
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error; // Another process made it meanwhile.
  }
}

function describeHome(home: string | undefined): string {
  if (home === undefined) return 'HOME is not set';
  return home === '' ? 'HOME is empty' : `HOME is ${JSON.stringify(home)}, which is no absolute path`;
}

function describeErrno({ code, path: at }: NodeJS.ErrnoException, dir: string): string {
  return at === undefined || at === dir ? `${code}` : `${code} at ${at}`;
}

function noStore(message: string, dir: string, cause: unknown): WheelwrightError {
  return new WheelwrightError('WHEELWRIGHT_NO_STORE', message, {
    hint: 'Name a directory that can be written with --store or WHEELWRIGHT_STORE.',
    cause,
    data: { path: dir, errno: (cause as NodeJS.ErrnoException).code },
  });
}

async function openForRun(dir: string, options: OpenStoreOptions): Promise<UsableStore> {
  const runDir = path.dirname(dir);
  try {
    mkdirSync(runDir, { mode: 0o700 });
  } catch (cause) {
    if (!isErrno(cause)) throw cause;
    throw noStore(`No store can be made: ${runDir} cannot be written (${cause.code}).`, dir, cause);
  }
  const lock = await acquireLock(lockOf(runDir), { purpose: 'store of one run', signal: options.signal });
  await sweepOthers(runDir);
  const store = await openStore(dir, options);
  return {
    store,
    dir,
    async close() {
      store.close();
      removeRun(runDir, lock);
    },
  };
}

const lockOf = (runDir: string) => path.join(runDir, 'lock');

/** The lock goes last: it is what keeps others from sweeping a directory that is in use. */
function removeRun(runDir: string, lock: Lock): void {
  removeTree(path.join(runDir, 'store'));
  removeTree(runDir);
  lock.release();
}

/** Removes the stores of runs that died. One that is just being made has no lock file yet and is left alone. */
async function sweepOthers(own: string): Promise<void> {
  const parent = path.dirname(own);
  for (const name of readdirSync(parent)) {
    const dir = path.join(parent, name);
    if (!name.startsWith(runStorePrefix) || dir === own || !existsSync(lockOf(dir))) continue;
    try {
      const lock = await tryAcquireLock(lockOf(dir), { purpose: 'store of one run' });
      if (lock !== undefined) removeRun(dir, lock);
    } catch (error) {
      // Another run sweeps it too, or it is another user's: neither is a reason to fail.
      if (!isErrno(error) && !isCodedError(error)) throw error;
    }
  }
}
