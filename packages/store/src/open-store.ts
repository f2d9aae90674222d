// Opens a store: makes it where there is none, checks it, removes the litter of dead processes and takes a lease.
import { type Fs, nodeFs, type SyncSet } from '@wheelwright/atomic-fs';
import { DiskSync } from './disk-sync.ts';
import { withExactModes } from './exact-modes.ts';
import { prepareStore } from './prepare-store.ts';
import { Store } from './store.ts';
import type { StoreEvent } from './store-context.ts';
import { storePaths } from './store-paths.ts';
import { findUnpackWorker, UnpackPool } from './unpack-pool.ts';
import { KeyLocks } from './use/key-locks.ts';
import { sweepLeases, takeLease } from './use/lease.ts';
import { StagingArea, sweepStaging } from './use/staging.ts';

/** How a store is opened. */
export interface OpenStoreOptions {
  /** The calls that change the disk; the real ones by default. With others no thread is started. */
  readonly fs?: Fs | undefined;
  /** How many milliseconds to wait for another process that fills the same entry; fslock's default otherwise. */
  readonly lockTimeoutMs?: number | undefined;
  /** Ends every wait and the work of all threads; its reason is thrown. */
  readonly signal?: AbortSignal | undefined;
  /** The file that threads run which unpack wheels, where it does not lie beside this module. */
  readonly unpackWorkerPath?: string | undefined;
  /** Receives each event as it happens. It must not throw. */
  readonly onEvent?: ((event: StoreEvent) => void) | undefined;
}

/**
 * Opens or makes the store in `dir`, an absolute path, and removes what dead processes left unfinished in it. Throws
 * STORE_UNSAFE, STORE_NEWER_FORMAT, STORE_DAMAGED. After a crash while it is made, the next call makes what is missing.
 */
export async function openStore(dir: string, options: OpenStoreOptions = {}): Promise<Store> {
  const { lockTimeoutMs: timeoutMs, signal, onEvent = () => undefined } = options;
  const isRealDisk = options.fs === undefined || options.fs === nodeFs;
  const fs = withExactModes(options.fs ?? nodeFs);
  const paths = storePaths(dir);
  prepareStore(paths, fs);
  await sweepStaging(paths, fs);
  await sweepLeases(paths, fs, { all: false });
  const lease = await takeLease(paths);
  const staging = new StagingArea(paths, lease.id, fs);
  const locks = new KeyLocks(paths.locks, {
    timeoutMs,
    signal,
    onWait: (key, holder) => onEvent({ type: 'waiting', key, holder }),
  });
  // Threads use the real disk: where another was given, all is done on that one, in this thread.
  const workerPath = isRealDisk ? (options.unpackWorkerPath ?? findUnpackWorker(import.meta.url)) : undefined;
  const pool = new UnpackPool({ fs, signal, workerPath });
  const disk = new DiskSync(fs);
  const sync = async (places: SyncSet) => {
    pool.requireOpen();
    await disk.sync(places);
    // An abort or a close meanwhile: nothing gets a name any more.
    pool.requireOpen();
  };
  return new Store({ paths, fs, lease, staging, locks, pool, disk, sync, signal, onEvent });
}
