// A file that changes all at once: readers, and whoever looks after a crash, see the old content or the new.
import { statSync } from 'node:fs';
import path from 'node:path';
import { ignoreFailure } from '@wheelwright/errors';
import { commitRename } from './commit-rename.ts';
import { writeAll } from './create-file.ts';
import { nodeFs } from './node-fs.ts';
import type { Fs } from './ports.ts';
import type { Durability } from './sync.ts';
import { siblingName } from './temporary-name.ts';
import { withFile } from './with-file.ts';

export interface WriteFileAtomicOptions {
  /** Exact permissions; by default those of the file that is replaced, else 0o666 less the umask. */
  readonly mode?: number | undefined;
  readonly durability?: Durability | undefined;
  readonly fs?: Fs | undefined;
}

/**
 * Replaces or makes the file at `path`. On return the new content is there (and, with `durability: 'full'`, the
 * default, stays through a power cut). On throw the old content is there, unless the error is
 * `ATOMIC_FS_NOT_DURABLE`. A link at `path` is replaced, not followed.
 */
export function writeFileAtomic(target: string, data: string | Uint8Array, options: WriteFileAtomicOptions = {}): void {
  const { durability = 'full', fs = nodeFs } = options;
  const mode = options.mode ?? modeOf(target);
  const temporaryPath = siblingName(target);
  try {
    // 1. The temporary is made.                          crash here: a `.partial`, swept later; the old content stays.
    withFile(fs, temporaryPath, 'wx', mode ?? 0o666, (fd) => {
      // 2. All of it is written, then synced.            crash here: the same.
      writeAll(fs, fd, data);
      // The umask took bits away when the file was made. Before the sync, which is the mode's as well.
      if (mode !== undefined) fs.chmod(temporaryPath, mode);
      if (durability === 'full') fs.fsync(fd);
    });
  } catch (error) {
    ignoreFailure(() => fs.unlink(temporaryPath));
    throw error;
  }
  // 3. The rename: the change.                           crash here: old before, new after.
  // 4. The directory is synced.                          crash here: new; after a power cut old or new.
  commitRename(fs, temporaryPath, path.resolve(target), durability);
}

function modeOf(target: string): number | undefined {
  const found = statSync(target, { throwIfNoEntry: false });
  return found?.isFile() ? found.mode & 0o7777 : undefined;
}
