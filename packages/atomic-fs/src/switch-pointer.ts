// Switches the symbolic link that names the current one of several complete trees. The switch is the commit.
import path from 'node:path';
import { commitRename } from './commit-rename.ts';
import { nodeFs } from './node-fs.ts';
import type { Fs } from './ports.ts';
import type { Durability } from './sync.ts';
import { siblingName } from './temporary-name.ts';

/** How {@link switchPointer} works. */
export interface SwitchPointerOptions {
  /** `full` by default: on the disk when the call returns. */
  readonly durability?: Durability | undefined;
  /** The calls that change the disk; the real disk by default. */
  readonly fs?: Fs | undefined;
}

/**
 * The link at `linkPath` points to `target` (stored as given) from one moment to the next; it is made where there is
 * none. What it points to must be synced before. On throw the old link is there, unless the error is
 * `ATOMIC_FS_NOT_DURABLE`.
 */
export function switchPointer(linkPath: string, target: string, options: SwitchPointerOptions = {}): void {
  const { durability = 'full', fs = nodeFs } = options;
  const temporaryPath = siblingName(linkPath);
  // 1. The new link is made aside.                     crash here: a `.partial` link, swept later; the old target.
  fs.symlink(target, temporaryPath);
  // 2. The rename: the commit.                         crash here: old before, new after.
  // 3. The directory is synced.                        crash here: new; after a power cut old or new.
  commitRename(fs, temporaryPath, path.resolve(linkPath), durability);
}
