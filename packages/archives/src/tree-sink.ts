// Where the files of an archive go. Whoever unpacks decides what a file becomes: on disk, in memory, in a list.

/** Receives a tree: every directory before what lies in it, every file once, paths relative with '/'. */
export interface TreeSink {
  directory(path: string): void;
  /** The whole of a file, already checked. `data` belongs to the archive and is valid during the call only. */
  file(path: string, data: Uint8Array, executable: boolean): void;
  /**
   * A file too large to be held in memory, in pieces. It is checked while it passes: on a refusal `end` is called all
   * the same, and the unpacking throws. Without this method large files are given to `file` like all others.
   */
  largeFile?(path: string, executable: boolean): LargeFile;
}

export interface LargeFile {
  write(data: Uint8Array): void;
  /** Called once, whatever happened. */
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
