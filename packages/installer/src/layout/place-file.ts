// One file put at a path of another name than its own: the counterpart of linkTree for single files.
import type { Fs, LinkMode } from '@wheelwright/atomic-fs';
import { isErrno } from '@wheelwright/errors';

/** Links `source` to `target`, or copies it where that cannot be or is not wished. */
export function placeFile(source: string, target: string, { fs, mode }: { fs: Fs; mode: LinkMode }): void {
  if (mode === 'auto' || mode === 'hardlink') {
    try {
      fs.link(source, target);
      return;
    } catch (error) {
      const cannot = ['EMLINK', ...(mode === 'auto' ? ['EXDEV', 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'] : [])];
      if (!isErrno(error, ...cannot)) throw error;
    }
  }
  fs.copyFile(source, target, { reflink: mode === 'copy' ? undefined : mode === 'reflink' ? 'force' : 'try' });
}
