// Directories above paths, all relative with `/`.

/** Every directory above `paths`. */
export function directoriesOf(paths: Iterable<string>): Set<string> {
  const directories = new Set<string>();
  for (const path of paths) addParents(directories, path);
  return directories;
}

/** Adds every directory above `path` to `directories`. */
export function addParents(directories: Set<string>, path: string): void {
  for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
    const directory = path.slice(0, end);
    if (directories.has(directory)) return;
    directories.add(directory);
  }
}
