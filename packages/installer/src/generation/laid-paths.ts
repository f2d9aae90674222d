// The paths that a generation gets anew, by name or by the directory: what of the present one must not come along.

import { directoriesOf } from '../layout/directories.ts';
import type { FileGroup } from '../model/types.ts';

export class LaidPaths {
  readonly #paths = new Set<string>();
  readonly #groups = new Map<string, (readonly string[])[]>();
  /** The names of a directory that was asked about. */
  readonly #names = new Map<string, ReadonlySet<string>>();

  add(paths: Iterable<string>): void {
    for (const path of paths) this.#paths.add(path);
  }

  /** Adds the files of `groups`, whose directories lie below `parent`. */
  addGroups(parent: string, groups: readonly FileGroup[]): void {
    for (const { directory, names } of groups) {
      const path = directory === '' ? parent : `${parent}/${directory}`;
      const others = this.#groups.get(path);
      if (others === undefined) this.#groups.set(path, [names]);
      else others.push(names);
    }
  }

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

  /** Every directory above one of them. */
  directories(): Set<string> {
    const directories = directoriesOf(this.#paths);
    for (const directory of directoriesOf([...this.#groups.keys()].map((path) => `${path}/x`))) {
      directories.add(directory);
    }
    return directories;
  }

  /** The names at the top that they lie at or below. */
  tops(): Set<string> {
    const tops = new Set<string>();
    for (const path of this.#paths) tops.add(path.split('/', 1)[0]!);
    for (const path of this.#groups.keys()) tops.add(path.split('/', 1)[0]!);
    return tops;
  }
}
