// Finds a wheel of the store for a repair. Every file of it is compared, because damage in an environment may have reached
// the store through a hard link.
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Store, StoredWheel } from '@wheelwright/store';

/** Returns the stored wheel if all its files are intact; otherwise takes it out of use, so that it is unpacked again. */
export function findSoundWheel(store: Store, sha256: string): StoredWheel | undefined {
  const wheel = store.findWheel(sha256);
  if (wheel === undefined) return undefined;
  const isSound = wheel.manifest.files.every((file) => {
    const at = path.join(wheel.treeDir, file.path);
    const found = statSync(at, { throwIfNoEntry: false });
    if (found?.isFile() !== true || found.size !== file.size) return false;
    if (file.executable && (found.mode & 0o111) === 0) return false;
    return createHash('sha256').update(readFileSync(at)).digest('hex') === file.sha256;
  });
  if (isSound) return wheel;
  store.reportDamage(wheel);
  return undefined;
}
