// What the parts of an open store share.
import type { Fs, SyncSet } from '@wheelwright/atomic-fs';
import type { LockHolder } from '@wheelwright/fslock';
import type { DiskSync } from './disk-sync.ts';
import type { StorePaths } from './store-paths.ts';
import type { UnpackPool } from './unpack-pool.ts';
import type { KeyLocks } from './use/key-locks.ts';
import type { Lease } from './use/lease.ts';
import type { StagingArea } from './use/staging.ts';

/** What a store reports while it works. */
export type StoreEvent =
  /** Another process holds the lock on `key`. */
  | { readonly type: 'waiting'; readonly key: string; readonly holder: LockHolder | undefined }
  /** A wheel was unpacked and published. */
  | { readonly type: 'wheel-added'; readonly sha256: string; readonly filename: string }
  /** The byte-code of a wheel was compiled and published. */
  | { readonly type: 'bytecode-added'; readonly sha256: string; readonly filename: string; readonly cacheTag: string };

export interface StoreContext {
  readonly paths: StorePaths;
  readonly fs: Fs;
  readonly lease: Lease;
  readonly staging: StagingArea;
  readonly locks: KeyLocks;
  readonly pool: UnpackPool;
  readonly disk: DiskSync;
  /** Brings places to the disk on another thread. Throws what the disk throws, and the reason of an abort or a close. */
  readonly sync: (places: SyncSet) => Promise<void>;
  readonly signal: AbortSignal | undefined;
  readonly onEvent: (event: StoreEvent) => void;
}
