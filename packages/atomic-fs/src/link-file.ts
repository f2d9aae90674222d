// Puts one file at a path, under any name: the counterpart of `linkTree` for a single file.
import { isErrno } from '@wheelwright/errors';
import type { LinkTreeOptions } from './link-tree.ts';
import { nodeFs } from './node-fs.ts';

/** Errors after which `'auto'` copies: the file system, or this pair of file systems, has no hard links. */
const noHardLinks = ['EXDEV', 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'];

/**
 * Links the file at the absolute path `source` to `target`, or copies it where the mode says so or a link is impossible. A
 * file with too many links (EMLINK) is copied. Throws EEXIST where `target` exists. Syncs nothing.
 */
export function linkFile(source: string, target: string, { mode = 'auto', fs = nodeFs }: LinkTreeOptions = {}): void {
  if (mode === 'auto' || mode === 'hardlink') {
    try {
      fs.link(source, target);
      return;
    } catch (error) {
      if (!isErrno(error, 'EMLINK', ...(mode === 'auto' ? noHardLinks : []))) throw error;
    }
  }
  fs.copyFile(source, target, { reflink: mode === 'copy' ? undefined : mode === 'reflink' ? 'force' : 'try' });
}
