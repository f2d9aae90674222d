// Replaces a file all at once: readers, also after a crash, see the old content or the new.
import { lstatSync, realpathSync, type Stats } from 'node:fs';
import path from 'node:path';
import { ignoreFailure } from '@wheelwright/errors';
import { commitRename } from './commit-rename.ts';
import { writeAll } from './create-file.ts';
import { nodeFs } from './node-fs.ts';
import type { Fs } from './ports.ts';
import { readLink } from './read-if-present.ts';
import type { Durability } from './sync.ts';
import { siblingName } from './temporary-name.ts';
import { withFile } from './with-file.ts';

/** How {@link writeFileAtomic} replaces a file. */
export interface WriteFileAtomicOptions {
  /** Exact permissions; by default those of the file that is replaced, else 0o666 less the umask. */
  readonly mode?: number | undefined;
  /**
   * A symbolic link at the path: `follow` (the default) replaces the file that it leads to, or makes that file; `replace`
   * puts the file in the place of the link, for directories that others may write to.
   */
  readonly links?: 'follow' | 'replace' | undefined;
  /** `keep` (the default): the new file has the owner and group of the old one. `take`: those of this process. */
  readonly owner?: 'keep' | 'take' | undefined;
  /** `full` by default: on the disk when the call returns. */
  readonly durability?: Durability | undefined;
  /** The calls that change the disk; the real disk by default. */
  readonly fs?: Fs | undefined;
}

/**
 * Replaces or makes the file at `path`, with the mode, owner and group of the one that is replaced. On return the new
 * content is there (and, with `durability: 'full'`, the default, stays through a power cut). On throw the old content is
 * there, unless the error is `ATOMIC_FS_NOT_DURABLE`. Throws EPERM where the owner cannot be kept, with nothing changed.
 * Hard links, extended attributes and access control lists are not kept: the name leads to another file afterwards.
 */
export function writeFileAtomic(file: string, data: string | Uint8Array, options: WriteFileAtomicOptions = {}): void {
  const { durability = 'full', fs = nodeFs, links = 'follow', owner = 'keep' } = options;
  const target = links === 'follow' ? linkedFile(file) : file;
  const replaced = regularFile(target);
  const mode = options.mode ?? (replaced && replaced.mode & 0o7777);
  const temporaryPath = siblingName(target);
  try {
    // 1. The temporary is made.                          crash here: a `.partial`, swept later; the old content stays.
    withFile(fs, temporaryPath, 'wx', mode ?? 0o666, (fd) => {
      // 2. All of it is written, then synced.            crash here: the same.
      writeAll(fs, fd, data);
      if (owner === 'keep' && replaced !== undefined) keepOwner(fs, temporaryPath, replaced);
      // The umask took bits away when the file was made, and so did a change of owner. Before the sync, which is theirs too.
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

function regularFile(file: string): Stats | undefined {
  const found = lstatSync(file, { throwIfNoEntry: false });
  return found?.isFile() ? found : undefined;
}

function keepOwner(fs: Fs, file: string, { uid, gid }: Stats): void {
  const made = lstatSync(file);
  if (made.uid !== uid || made.gid !== gid) fs.chown(file, uid, gid);
}

/** Where a chain of links ends, whether or not something is there. */
function linkedFile(file: string): string {
  let found = file;
  // As many as Linux follows.
  for (let level = 0; level < 40; level += 1) {
    const target = readLink(found);
    if (target === undefined) return found;
    found = path.resolve(realpathSync(path.dirname(found)), target);
  }
  throw Object.assign(new Error(`ELOOP: too many symbolic links encountered, open '${file}'`), {
    code: 'ELOOP',
    syscall: 'open',
    path: file,
  });
}
