// syncfs(2): everything of one file system on its disk, at the price of one call instead of one per file.
import { errnoError, isErrnoNumber } from './errno-error.ts';
import { nativeCalls } from './koffi.ts';

/**
 * Writes everything of the file system that holds `fd` to its disk and returns when it is there. False: not supported
 * here, nothing is promised, and the caller syncs file by file. Throws `EIO`, `ENOSPC`, … when the disk failed.
 */
export function syncFileSystem(fd: number): boolean {
  const errno = nativeCalls()?.syncfs?.(fd);
  if (errno === undefined) return false;
  if (errno === 0) return true;
  if (isErrnoNumber(errno, 'ENOSYS', 'EOPNOTSUPP', 'ENOTSUP')) return false;
  throw errnoError(errno, 'syncfs');
}

/**
 * The same as {@link syncFileSystem} on another thread, so that the caller goes on meanwhile. Resolves with true when
 * everything written before the call is on the disk. False: not supported here, or the disk failed; the caller then
 * syncs file by file, which names the file and the error.
 */
export async function syncFileSystemBeside(fd: number): Promise<boolean> {
  const result = await nativeCalls()?.syncfsBeside?.(fd);
  return result === 0;
}
