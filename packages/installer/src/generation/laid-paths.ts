// The paths that a generation gets as new files, held file by file or by directory.
import { directoriesOf } from '../layout/directories.ts';
import type { FileGroup } from '../model/wheel-tree.ts';

/** A set of files, relative to the prefix, that wheels can be added to by directory. */
export class LaidPaths {
  readonly #paths = new Set<string>();
  readonly #groups = new Map<string, (readonly string[])[]>();
  /** The names of the directories that `has` was asked about. */
  readonly #names = new Map<string, ReadonlySet<string>>();

  /** Adds single files. */
  add(paths: Iterable<string>): void {
    for (const path of paths) this.#paths.add(path);
  }

  /** Adds the files of `groups`, whose directories are below `parent`. */
  addGroups(parent: string, groups: readonly FileGroup[]): void {
    for (const { directory, names } of groups) {
      const path = directory === '' ? parent : `${parent}/${directory}`;
      const others = this.#groups.get(path);
      if (others === undefined) this.#groups.set(path, [names]);
      else others.push(names);
    }
  }

  /** Whether the file was added. */
  has(path: string): boolean {
    if (this.#paths.has(path)) return true;
    const slash = path.lastIndexOf('/');
    const directory = path.slice(0, Math.max(0, slash));
    const groups = this.#groups.get(directory);
    if (groups === undefined) return false;
    const names = this.#names.get(directory) ?? new Set(groups.flat());
    this.#names.set(directory, names);
    return names.has(path.slice(slash + 1));
  }

  /** The directories above all files. */
  directories(): Set<string> {
    const directories = directoriesOf(this.#paths);
    for (const directory of directoriesOf([...this.#groups.keys()].map((path) => `${path}/x`))) {
      directories.add(directory);
    }
    return directories;
  }

  /** The names of the files and directories in `directory` that the added files are, or are below. */
  namesIn(directory: string): Set<string> {
    const inside = [...this.#paths].filter((path) => path.startsWith(`${directory}/`));
    const names = new Set(inside.map((path) => path.slice(directory.length + 1).split('/', 1)[0]!));
    for (const name of (this.#groups.get(directory) ?? []).flat()) names.add(name);
    return names;
  }

  /** The first parts of all paths. */
  tops(): Set<string> {
    const tops = new Set<string>();
    for (const path of this.#paths) tops.add(path.split('/', 1)[0]!);
    for (const path of this.#groups.keys()) tops.add(path.split('/', 1)[0]!);
    return tops;
  }
}
