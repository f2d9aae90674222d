// The port for the files of an archive. The caller of `unpackWheel` decides what a file becomes: on disk, in memory, in a list.

/** Receives a tree: every directory before its content, every file once. Paths are relative, with '/'. */
export interface TreeSink {
  /** A directory. */
  directory(path: string): void;
  /** A whole file, already checked. `data` is valid during the call only, and is not written to. */
  file(path: string, data: Uint8Array, executable: boolean): void;
  /**
   * A file of more than 8 MiB, in pieces. It is checked while it passes: after a refusal `end` is called too, and the
   * unpacking throws. Without this method `file` receives large files whole.
   */
  largeFile?(path: string, executable: boolean): LargeFile;
}

/** Receives one large file. */
export interface LargeFile {
  /** The next piece; `data` is valid during the call only. */
  write(data: Uint8Array): void;
  /** Called once, after the last piece or after a failure. */
  end(): void;
}

/** The directories above `paths`, each once, parents first. */
export function directoriesOf(paths: Iterable<string>): string[] {
  const seen = new Set<string>();
  for (const path of paths) {
    for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
      const directory = path.slice(0, slash);
      if (seen.has(directory)) break;
      seen.add(directory);
    }
  }
  return [...seen].sort();
}
