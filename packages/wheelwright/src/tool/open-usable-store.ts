// Opens the store of a run: the named one or the usual one. If the usual one cannot be used (no HOME, a missing or
// read-only HOME, a cache of another user), it makes a store in the temporary directory and removes it after the run.
// A killed process leaves its temporary store; the next run that makes one removes it.
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

/** An open store, its directory, and how to close it. */
export interface UsableStore {
  readonly store: Store;
  readonly dir: string;
  /** Closes the store, and removes it if it was made for this run only. */
  close(): Promise<void>;
}

/** The errors that mean: the store cannot be used. */
const unusable = ['EACCES', 'EPERM', 'EROFS', 'ENOENT', 'ENOTDIR', 'EEXIST'] as const;

/**
 * Opens the store of the settings. A named store that cannot be used is an error. If the usual store cannot be used, the
 * run gets a temporary one, with a warning.
 * @throws WheelwrightError WHEELWRIGHT_NO_STORE if the named store or the temporary directory cannot be written.
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
    text: `This run uses a temporary store, ${dir}, and removes it, because ${why}. Name a permanent store with --store.`,
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

/** Opens the usual store, or returns why it cannot be used. */
async function tryUsual(dir: string, home: string | undefined, options: OpenStoreOptions): Promise<Store | string> {
  // A home that does not exist is a mistake in the setting, so it is not created.
  if (home !== undefined && dir.startsWith(`${home}/`) && !existsSync(home))
    return `HOME names ${home}, which does not exist`;
  try {
    makeDirectories(dir);
    return await openStore(dir, options);
  } catch (error) {
    if (isErrno(error, ...unusable)) return `${dir} cannot be used (${describeErrno(error, dir)})`;
    if (isCodedError(error, 'STORE_UNSAFE')) return `it is not safe to use: ${error.message.replace(/\.$/, '')}`;
    throw error;
  }
}

/** Makes one directory after another. Below /proc, Node's recursive mkdir never ends, while this fails with ENOENT. */
function makeDirectories(dir: string): void {
  if (existsSync(dir)) return;
  makeDirectories(path.dirname(dir));
  try {
    mkdirSync(dir, { mode: 0o700 });
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error; // Another process was faster.
  }
}

function describeHome(home: string | undefined): string {
  if (home === undefined) return 'HOME is not set';
  return home === '' ? 'HOME is empty' : `HOME is ${JSON.stringify(home)}, which is not an absolute path`;
}

function describeErrno({ code, path: at }: NodeJS.ErrnoException, dir: string): string {
  return at === undefined || at === dir ? `${code}` : `${code} at ${at}`;
}

function noStore(message: string, dir: string, cause: unknown): WheelwrightError {
  return new WheelwrightError('WHEELWRIGHT_NO_STORE', message, {
    hint: 'Name a writable directory with --store or WHEELWRIGHT_STORE.',
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

/** The lock is removed last, since it stops other runs from sweeping a directory in use. */
function removeRun(runDir: string, lock: Lock): void {
  removeTree(path.join(runDir, 'store'));
  removeTree(runDir);
  lock.release();
}

/** Removes the stores of dead runs. A store that is just being made has no lock file yet and is left alone. */
async function sweepOthers(own: string): Promise<void> {
  const parent = path.dirname(own);
  for (const name of readdirSync(parent)) {
    const dir = path.join(parent, name);
    if (!name.startsWith(runStorePrefix) || dir === own || !existsSync(lockOf(dir))) continue;
    try {
      const lock = await tryAcquireLock(lockOf(dir), { purpose: 'store of one run' });
      if (lock !== undefined) removeRun(dir, lock);
    } catch (error) {
      // Another run is sweeping it, or it belongs to another user: neither is a reason to fail.
      if (!isErrno(error) && !isCodedError(error)) throw error;
    }
  }
}
