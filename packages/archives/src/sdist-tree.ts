// The tree of an sdist, put together entry by entry. Every rule that concerns more than one entry is checked here, and no
// file is ever written through a link.
import { ArchivesError } from './archives-error.ts';
import { filterTarEntry, type TarEntry, type TarHeader } from './tar-filter.ts';

/** An entry of a tar archive with its content, which is consumed once. */
export type SdistEntry = AsyncIterable<unknown> & { readonly header: TarHeader; resume(): void };

/** Carries out what the tree consists of: on a disk, or not at all. Paths are relative, with '/'. */
export interface TreeTarget {
  directory(path: string): void;
  /** Consumes `content`. */
  file(path: string, mode: number, content: AsyncIterable<unknown>): Promise<void>;
  link(existing: string, path: string): void;
  symlink(target: string, path: string): void;
  remove(path: string): void;
  /** Sets the time of a file or directory; undefined leaves it. */
  stamp(path: string, mtime: Date | undefined): void;
}

/** Adds entries in their order; links are made by `finish`, after all else. Throws SDIST_… on the first broken rule. */
export class SdistTree {
  readonly #archive: string;
  readonly #target: TreeTarget;
  readonly #files = new Set<string>();
  readonly #directories = new Map<string, Date | undefined>();
  readonly #symlinks = new Map<string, string>();

  constructor(archive: string, target: TreeTarget) {
    this.#archive = archive;
    this.#target = target;
  }

  async add(entry: SdistEntry): Promise<void> {
    const filtered = filterTarEntry(this.#archive, entry.header);
    if (filtered?.kind === 'file') return this.#file(filtered, entry);
    if (filtered?.kind === 'directory') this.#directory(filtered.path, entry.header.mtime);
    if (filtered?.kind === 'hardlink') this.#hardlink(filtered);
    if (filtered?.kind === 'symlink') this.#symlink(filtered);
    entry.resume();
  }

  /** The name of the one directory at the top. */
  finish(): string {
    for (const [link, target] of this.#symlinks) this.#target.symlink(target, link);
    for (const [directory, mtime] of [...this.#directories].reverse()) this.#target.stamp(directory, mtime);
    const tops = new Set([...this.#files, ...this.#directories.keys(), ...this.#symlinks.keys()].map(firstPart));
    const [top] = tops;
    if (top !== undefined && tops.size === 1 && this.#directories.has(top)) return top;
    throw badLayout(this.#archive, `it has ${tops.size} entries at its top where one directory should be`);
  }

  async #file({ path: relative, mode }: TarEntryOf<'file'>, entry: SdistEntry): Promise<void> {
    this.#makeRoom(relative);
    await this.#target.file(relative, mode, entry);
    this.#files.add(relative);
    this.#target.stamp(relative, entry.header.mtime);
  }

  #hardlink({ path: relative, target }: TarEntryOf<'hardlink'>): void {
    if (!this.#files.has(target)) {
      throw new ArchivesError(
        'SDIST_UNSAFE_LINK',
        `${this.#archive} has a link ${JSON.stringify(relative)} to ${JSON.stringify(target)}, which is no file before it.`,
        { data: { archive: this.#archive, entry: relative } },
      );
    }
    if (relative === target) return;
    this.#makeRoom(relative);
    this.#target.link(target, relative);
    this.#files.add(relative);
  }

  #symlink({ path: relative, target }: TarEntryOf<'symlink'>): void {
    this.#makeRoom(relative);
    this.#symlinks.set(relative, target);
  }

  #directory(relative: string, mtime?: Date): void {
    if (this.#files.has(relative) || this.#symlinks.has(relative)) throw this.#clash(relative);
    if (!this.#directories.has(relative)) {
      const slash = relative.lastIndexOf('/');
      if (slash > 0) this.#directory(relative.slice(0, slash));
      this.#target.directory(relative);
    }
    this.#directories.set(relative, mtime ?? this.#directories.get(relative));
  }

  // As in tar, a later entry replaces an earlier one; a directory is never replaced.
  #makeRoom(relative: string): void {
    if (this.#directories.has(relative)) throw this.#clash(relative);
    const slash = relative.lastIndexOf('/');
    if (slash > 0) this.#directory(relative.slice(0, slash));
    this.#symlinks.delete(relative);
    if (this.#files.delete(relative)) this.#target.remove(relative);
  }

  #clash(relative: string): ArchivesError {
    return badLayout(this.#archive, `${JSON.stringify(relative)} is there as a directory and as something else`);
  }
}

type TarEntryOf<Kind extends TarEntry['kind']> = TarEntry & { readonly kind: Kind };

/** A refusal because of what lies where in the sdist. */
export function badLayout(archive: string, why: string): ArchivesError {
  return new ArchivesError('SDIST_INVALID_LAYOUT', `${archive} is not a valid sdist: ${why}.`, { data: { archive } });
}

function firstPart(relative: string): string {
  const slash = relative.indexOf('/');
  return slash === -1 ? relative : relative.slice(0, slash);
}
