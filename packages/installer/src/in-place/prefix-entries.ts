// Turns the paths of a change into the fewest renames: a directory that is removed or replaced with everything in it is one
// entry of the transaction; every other path is an entry of its own. Reads the disk, changes nothing.
import { type Dirent, readdirSync } from 'node:fs';
import { isCacheDir, sourceNameOf } from '../layout/byte-code.ts';
import { within } from '../layout/schemes.ts';
import { InstallError } from '../model/install-error.ts';

/** One path of the transaction. */
export interface PrefixEntry {
  readonly path: string;
  /** What is put there; `nothing`: the path is removed. */
  readonly kind: 'directory' | 'file' | 'nothing';
  /** Whether the path exists now. */
  readonly replaces: boolean;
}

/** The entries, and the names that were seen in the directories above them. */
export interface PrefixEntries {
  readonly entries: readonly PrefixEntry[];
  readonly seen: ReadonlyMap<string, readonly string[]>;
}

/** Which paths a change brings and removes; all are relative to the prefix. */
export interface EntryRules {
  /** Files that are there afterwards. */
  readonly wanted: ReadonlySet<string>;
  /** Files to remove. A path that is a directory, is absent, or is behind a link is skipped. */
  readonly drop: ReadonlySet<string>;
  /** Paths to remove whatever is there: a directory with everything in it, or a file. */
  readonly dropDirectories: ReadonlySet<string>;
  /** Whether the directory stays when it is empty. */
  readonly isKept: (directory: string) => boolean;
}

/** Plans the entries. Throws INSTALL_PATH_OCCUPIED where a path without an owner is in the way of a directory or file. */
export function planEntries(prefixDir: string, rules: EntryRules): PrefixEntries {
  const survey = new Survey(prefixDir, rules);
  const { parts } = survey.visit('');
  return { entries: parts, seen: survey.seen };
}

interface Visited {
  /** Everything in it is removed or replaced. */
  readonly whole: boolean;
  readonly parts: readonly PrefixEntry[];
}

class Survey {
  readonly seen = new Map<string, readonly string[]>();
  readonly #prefixDir: string;
  readonly #rules: EntryRules;
  /** The names in each directory that are affected, or lead to affected paths. */
  readonly #names = new Map<string, Set<string>>();
  /** Directories that get files. */
  readonly #filled = new Set<string>();

  constructor(prefixDir: string, rules: EntryRules) {
    this.#prefixDir = prefixDir;
    this.#rules = rules;
    for (const file of [...rules.drop, ...rules.dropDirectories]) this.#note(file, false);
    for (const file of rules.wanted) this.#note(file, true);
  }

  visit(directory: string): Visited {
    const { wanted, isKept } = this.#rules;
    const listing = this.#list(directory);
    const affected = this.#names.get(directory) ?? new Set<string>();
    const present = new Set<string>();
    const parts: PrefixEntry[] = [];
    let whole = !isKept(directory);
    for (const entry of listing) {
      const path = within(directory, entry.name);
      present.add(entry.name);
      if (entry.isDirectory()) {
        const isCache = isCacheDir(entry.name);
        if (!isCache && !affected.has(entry.name)) {
          whole = false;
          continue;
        }
        if (this.#rules.dropDirectories.has(path)) {
          this.#seeAll(path);
          parts.push({ path, kind: this.#kindAt(path), replaces: true });
          continue;
        }
        const below = isCache ? this.#visitCache(directory, path, listing) : this.visit(path);
        if (isCache && below.parts.length === 0) {
          // Its byte-code stays, or goes only with everything that is beside it.
          whole &&= below.whole;
          continue;
        }
        if (below.whole) parts.push({ path, kind: this.#kindAt(path), replaces: true });
        else if (wanted.has(path)) refuse(path, 'a directory', 'a file');
        else parts.push(...below.parts);
        whole &&= below.whole;
      } else if (wanted.has(path)) {
        parts.push({ path, kind: 'file', replaces: true });
      } else if (this.#filled.has(path)) {
        if (!this.#goes(path)) refuse(path, entry.isSymbolicLink() ? 'a link' : 'a file', 'a directory');
        parts.push({ path, kind: 'directory', replaces: true });
      } else if (this.#goes(path)) {
        parts.push({ path, kind: 'nothing', replaces: true });
      } else {
        whole = false;
      }
    }
    for (const name of affected) {
      const path = within(directory, name);
      const kind = this.#kindAt(path);
      if (!present.has(name) && kind !== 'nothing') parts.push({ path, kind, replaces: false });
    }
    return { whole, parts };
  }

  // Byte-code goes with its source.
  #visitCache(parent: string, directory: string, beside: readonly Dirent[]): Visited {
    const { wanted, drop } = this.#rules;
    const sources = new Set(beside.map(({ name }) => name));
    const present = new Set<string>();
    const parts: PrefixEntry[] = [];
    let whole = true;
    for (const entry of this.#list(directory)) {
      const path = within(directory, entry.name);
      const source = sourceNameOf(entry.name);
      const goes = drop.has(within(parent, source)) || wanted.has(within(parent, source));
      present.add(entry.name);
      if (entry.isDirectory()) whole = false;
      else if (wanted.has(path)) parts.push({ path, kind: 'file', replaces: true });
      else if (goes || drop.has(path)) parts.push({ path, kind: 'nothing', replaces: true });
      else if (sources.has(source)) whole = false;
    }
    for (const name of this.#names.get(directory) ?? []) {
      const path = within(directory, name);
      if (!present.has(name) && wanted.has(path)) parts.push({ path, kind: 'file', replaces: false });
    }
    return { whole, parts };
  }

  #goes(path: string): boolean {
    return this.#rules.drop.has(path) || this.#rules.dropDirectories.has(path);
  }

  /** Notes the content of a directory that is removed as a whole. */
  #seeAll(directory: string): void {
    for (const entry of this.#list(directory)) if (entry.isDirectory()) this.#seeAll(within(directory, entry.name));
  }

  #kindAt(path: string): PrefixEntry['kind'] {
    if (this.#rules.wanted.has(path)) return 'file';
    return this.#filled.has(path) ? 'directory' : 'nothing';
  }

  #list(directory: string): Dirent[] {
    const listing = readdirSync(within(this.#prefixDir, directory), { withFileTypes: true });
    this.seen.set(
      directory,
      listing.map(({ name }) => name),
    );
    return listing;
  }

  #note(file: string, comes: boolean): void {
    for (let path = file; ; ) {
      const slash = path.lastIndexOf('/');
      const directory = slash < 0 ? '' : path.slice(0, slash);
      const names = this.#names.get(directory);
      const name = path.slice(slash + 1);
      if (names === undefined) this.#names.set(directory, new Set([name]));
      else names.add(name);
      if (directory === '') return;
      if (comes) this.#filled.add(directory);
      path = directory;
    }
  }
}

function refuse(path: string, found: string, wanted: string): never {
  throw new InstallError(
    'INSTALL_PATH_OCCUPIED',
    `${path} is ${found} that belongs to no distribution, but a wheel brings ${wanted}.`,
    {
      hint: 'Nothing was changed. Move it away and try again.',
      data: { path, owners: [] },
    },
  );
}
