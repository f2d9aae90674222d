// The mutating calls of the file system as one port. Everything in this package and above it that changes the disk
// goes through it, so that a test can crash, fail or tear every single call. Reading goes through node:fs directly.

/** How `copyFile` shares blocks: not at all, where the file system can (`try`), or not without (`force` throws). */
export interface CopyFileOptions {
  /** `try`: share blocks where the file system can; `force`: throw where it cannot; undefined: copy. */
  readonly reflink?: 'try' | 'force' | undefined;
}

/** The mutating calls, synchronous, in the shapes of node:fs; failures are the errors of the operating system. */
export interface Fs {
  /** open(2); gives the descriptor. */
  open(path: string, flags: string | number, mode?: number): number;
  /** Writes some of `data` and gives how many bytes: it may be fewer than asked for. */
  write(fd: number, data: Uint8Array): number;
  /** close(2). */
  close(fd: number): void;
  /** fsync(2): content and metadata of the file or directory are on the disk. */
  fsync(fd: number): void;
  /** Not recursive. */
  mkdir(path: string, mode?: number): void;
  /** rmdir(2): removes an empty directory. */
  rmdir(path: string): void;
  /** unlink(2): removes a name that is no directory. */
  unlink(path: string): void;
  /** rename(2): replaces a file at `to`. */
  rename(from: string, to: string): void;
  /** Swaps two paths in one step; false where the file system cannot, with nothing done. */
  renameExchange(a: string, b: string): boolean;
  /** Renames unless something has the name `to`: then `exists`, with nothing done. */
  renameNoReplace(from: string, to: string): 'renamed' | 'exists';
  /** link(2): a second name for the file `existing`; an existing `path` is an EEXIST. */
  link(existing: string, path: string): void;
  /** Links each of `names` from one directory into another. Throws at the first that fails, with `linked`, the count of
   * those before it, which stay. */
  linkMany(sourceDir: string, targetDir: string, names: readonly string[]): void;
  /** symlink(2): a link at `path` that holds `target` as given. */
  symlink(target: string, path: string): void;
  /** chmod(2); a link is followed. */
  chmod(path: string, mode: number): void;
  /** chown(2); a link is followed. */
  chown(path: string, uid: number, gid: number): void;
  /** Times in seconds; a link is followed. */
  utimes(path: string, atimeS: number, mtimeS: number): void;
  /** A new file with the mode of the old one; an existing `to` is an EEXIST. */
  copyFile(from: string, to: string, options?: CopyFileOptions): void;
  /** Everything written to the file system that holds `fd` is on the disk; false where there is no such call. */
  syncFileSystem(fd: number): boolean;
}
