// The one way to a store: made where there is none, checked, the litter of dead processes swept, a lease taken.
import { type Fs, nodeFs } from '@wheelwright/atomic-fs';
import { takeLease } from './lease.ts';
import { prepareStore } from './prepare-store.ts';
import { sweepStaging } from './staging.ts';
import { Store, type StoreEvent } from './store.ts';
import { storePaths } from './store-paths.ts';

export interface OpenStoreOptions {
  readonly fs?: Fs | undefined;
  /** How long to wait for somebody who fills the same entry; fslock's default otherwise. */
  readonly lockTimeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: StoreEvent) => void) | undefined;
}

/** Opens or makes the store in `dir`, an absolute path. Throws STORE_UNSAFE, STORE_NEWER_FORMAT, STORE_DAMAGED. */
export async function openStore(dir: string, options: OpenStoreOptions = {}): Promise<Store> {
  const { fs = nodeFs, ...rest } = options;
  const paths = storePaths(dir);
  prepareStore(paths, fs);
  await sweepStaging(paths, fs);
  return new Store(paths, await takeLease(paths), { fs, ...rest });
}
