// Measures the disk space that only one generation uses. Files with further hard links, in the store or in other
// generations, do not count, since removing them frees no space.
import { lstatSync, readdirSync } from 'node:fs';
import path from 'node:path';

/** Bytes of the files below `dir` that have one hard link; 0 if `dir` no longer exists. */
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
