// How much of the disk a generation takes for itself: what it shares with the store and with other generations by hard
// links is not counted, since removing it would free nothing.
import { lstatSync, readdirSync } from 'node:fs';
import path from 'node:path';

/** Bytes of the files below `dir` that have no other name; 0 where it is gone meanwhile. */
export function ownBytes(dir: string): number {
  let bytes = 0;
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const file = path.join(dir, entry.name);
    if (entry.isDirectory()) bytes += ownBytes(file);
    else if (entry.isFile()) {
      const stats = lstatSync(file, { throwIfNoEntry: false });
      if (stats?.nlink === 1) bytes += stats.blocks * 512;
    }
  }
  return bytes;
}
