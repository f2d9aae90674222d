// The mutating calls of the file system as one port. This package and the packages above it change the disk only through
// this port, so a test can crash, fail or tear every call. Reads use node:fs directly.

/** Options of `Fs.copyFile`. */
export interface CopyFileOptions {
  /** `try`: share blocks where the file system can; `force`: throw where it cannot; undefined: copy. */
  readonly reflink?: 'try' | 'force' | undefined;
}

/** The mutating calls, synchronous and shaped like node:fs. They throw the errors of the operating system. */
export interface Fs {
  /** open(2); gives the descriptor. */
  open(path: string, flags: string | number, mode?: number): number;
  /** write(2); returns the number of bytes written, which may be fewer than given. */
  write(fd: number, data: Uint8Array): number;
  /** close(2). */
  close(fd: number): void;
  /** fsync(2): content and metadata of the file or directory are on the disk. */
  fsync(fd: number): void;
  /** mkdir(2), not recursive. */
  mkdir(path: string, mode?: number): void;
  /** rmdir(2): removes an empty directory. */
  rmdir(path: string): void;
  /** unlink(2): removes a name that is not a directory. */
  unlink(path: string): void;
  /** rename(2): replaces a file at `to`. */
  rename(from: string, to: string): void;
  /** Swaps two paths in one step; false, with nothing done, where the file system cannot. */
  renameExchange(a: string, b: string): boolean;
  /** Renames unless something has the name `to`: then `exists`, with nothing done. */
  renameNoReplace(from: string, to: string): 'renamed' | 'exists';
  /** link(2): a second name for the file `existing`; an existing `path` is an EEXIST. */
  link(existing: string, path: string): void;
  /** Links each of `names` from one directory into another. Throws at the first failure; `linked` counts those before. */
  linkMany(sourceDir: string, targetDir: string, names: readonly string[]): void;
  /** symlink(2): a link at `path` that holds `target` as given. */
  symlink(target: string, path: string): void;
  /** chmod(2); a link is followed. */
  chmod(path: string, mode: number): void;
  /** chown(2); a link is followed. */
  chown(path: string, uid: number, gid: number): void;
  /** Times in seconds; a link is followed. */
  utimes(path: string, atimeS: number, mtimeS: number): void;
  /** Copies content and mode to a new file. Throws EEXIST for an existing `to`. */
  copyFile(from: string, to: string, options?: CopyFileOptions): void;
  /** syncfs(2): writes the whole file system of `fd` to its disk; false where the platform lacks the call. */
  syncFileSystem(fd: number): boolean;
}
