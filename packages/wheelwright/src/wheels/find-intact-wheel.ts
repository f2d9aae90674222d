// A wheel of the store for what has to be put right: looked at closely, because what was damaged may have been so through
// a link to the same file.
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Store, StoredWheel } from '@wheelwright/store';

/** The stored wheel if every file of it is what it was; else it is given up, so that it is filled again. */
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
