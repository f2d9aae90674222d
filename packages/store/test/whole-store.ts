// The invariant of a store at any moment, also after crashes: an entry is complete or absent.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { type Fs, nodeFs } from '@wheelwright/atomic-fs';
import { expect } from 'vitest';
import { openStore } from '../src/open-store.ts';

/** Without waiting for the disk, which no test of a crash of the process alone can tell. */
export const unsyncedFs: Fs = { ...nodeFs, fsync: () => undefined, syncFileSystem: () => true };

/** Opens the store, checks every file of every entry, and that nothing unfinished has outlived its owner. */
export async function expectWhole(dir: string): Promise<void> {
  const store = await openStore(dir, { fs: unsyncedFs });
  try {
    expect(store.verify().faults).toEqual([]);
    expect(readdirSync(path.join(dir, 'staging'))).toEqual([]);
  } finally {
    store.close();
  }
}
