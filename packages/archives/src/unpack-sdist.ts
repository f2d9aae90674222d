// An sdist unpacked: a gzipped tar with one directory at its top. Links are made after all else, so that no file is
// ever written through one, and a hostile archive cannot reach a path outside of the target.
import {
  closeSync,
  createReadStream,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { createGunzip } from 'node:zlib';
import { atPath } from '@wheelwright/errors';
import {
  type NormalizedName,
  normalizeName,
  parseMetadata,
  parseSdistFilename,
  type Version,
} from '@wheelwright/packaging';
import { type Extract, extract } from 'tar-stream';
import { ArchivesError } from './archives-error.ts';
import { filterTarEntry, type TarEntry, type TarHeader } from './tar-filter.ts';

export interface UnpackedSdist {
  /** Absolute: the one directory at the top, in the target. */
  readonly rootDir: string;
  readonly name: NormalizedName;
  readonly version: Version;
}

/**
 * Unpacks an sdist into `targetDir`, an existing, empty directory that belongs to the caller alone.
 * On a throw (SDIST_…) the caller removes what is in it.
 */
export async function unpackSdist(
  sdistPath: string,
  targetDir: string,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<UnpackedSdist> {
  const archive = path.basename(sdistPath);
  const { name, version } = parseName(archive);
  const writer = new TreeWriter(archive, targetDir);
  const tar = openTar(sdistPath, options.signal);
  try {
    for await (const entry of tar) await writer.add(entry);
  } catch (cause) {
    options.signal?.throwIfAborted();
    if (cause instanceof ArchivesError || isFromDisk(cause)) throw cause;
    throw new ArchivesError('SDIST_NOT_AN_ARCHIVE', `${archive} cannot be read as a gzipped tar archive to its end.`, {
      hint: 'Download it again; if that changes nothing, it was published damaged.',
      cause,
      data: { archive },
    });
  }
  const rootDir = writer.finish();
  checkOwner(archive, rootDir, name);
  return { rootDir, name, version };
}

class TreeWriter {
  readonly #archive: string;
  readonly #targetDir: string;
  readonly #files = new Set<string>();
  readonly #directories = new Map<string, Date | undefined>();
  readonly #symlinks = new Map<string, string>();

  constructor(archive: string, targetDir: string) {
    this.#archive = archive;
    this.#targetDir = targetDir;
  }

  async add(entry: Entry): Promise<void> {
    const filtered = filterTarEntry(this.#archive, entry.header);
    if (filtered?.kind === 'file') return this.#file(filtered, entry);
    if (filtered?.kind === 'directory') this.#directory(filtered.path, entry.header.mtime);
    if (filtered?.kind === 'hardlink') this.#hardlink(filtered);
    if (filtered?.kind === 'symlink') this.#symlink(filtered);
    entry.resume();
  }

  /** Gives the one directory at the top. */
  finish(): string {
    for (const [link, target] of this.#symlinks) symlinkSync(target, this.#absolute(link));
    for (const [directory, mtime] of [...this.#directories].reverse()) {
      if (mtime !== undefined) utimesSync(this.#absolute(directory), mtime, mtime);
    }
    const tops = new Set([...this.#files, ...this.#directories.keys(), ...this.#symlinks.keys()].map(firstPart));
    const [top] = tops;
    if (top !== undefined && tops.size === 1 && this.#directories.has(top)) return this.#absolute(top);
    throw this.#badLayout(`it has ${tops.size} entries at its top where one directory should be`);
  }

  async #file({ path: relative, mode }: TarEntryOf<'file'>, entry: Entry): Promise<void> {
    this.#makeRoom(relative);
    const fd = openSync(this.#absolute(relative), 'wx', mode);
    const write = (chunk: Uint8Array) => {
      try {
        for (let rest = chunk; rest.length > 0; ) rest = rest.subarray(writeSync(fd, rest));
      } catch (error) {
        throw atPath(error, this.#absolute(relative));
      }
    };
    try {
      for await (const chunk of entry) write(chunk as Uint8Array);
    } finally {
      closeSync(fd);
    }
    this.#files.add(relative);
    const { mtime } = entry.header;
    if (mtime !== undefined) utimesSync(this.#absolute(relative), mtime, mtime);
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
    linkSync(this.#absolute(target), this.#absolute(relative));
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
      mkdirSync(this.#absolute(relative));
    }
    this.#directories.set(relative, mtime ?? this.#directories.get(relative));
  }

  // As tar has it, a later entry replaces an earlier one; a directory is never replaced.
  #makeRoom(relative: string): void {
    if (this.#directories.has(relative)) throw this.#clash(relative);
    const slash = relative.lastIndexOf('/');
    if (slash > 0) this.#directory(relative.slice(0, slash));
    this.#symlinks.delete(relative);
    if (this.#files.delete(relative)) rmSync(this.#absolute(relative));
  }

  #absolute(relative: string): string {
    return path.join(this.#targetDir, relative);
  }

  #clash(relative: string): ArchivesError {
    return this.#badLayout(`${JSON.stringify(relative)} is there as a directory and as something else`);
  }

  #badLayout(why: string): ArchivesError {
    return new ArchivesError('SDIST_INVALID_LAYOUT', `${this.#archive} is not a valid sdist: ${why}.`, {
      data: { archive: this.#archive },
    });
  }
}

type Entry = AsyncIterable<unknown> & { readonly header: TarHeader; resume(): void };
type TarEntryOf<Kind extends TarEntry['kind']> = TarEntry & { readonly kind: Kind };

function openTar(sdistPath: string, signal: AbortSignal | undefined): Extract {
  const tar = extract();
  const input = createReadStream(sdistPath, { signal });
  const gunzip = createGunzip();
  input.on('error', (error) => tar.destroy(error));
  gunzip.on('error', (error) => tar.destroy(error));
  tar.on('close', () => input.destroy());
  input.pipe(gunzip).pipe(tar);
  return tar;
}

// PKG-INFO is absent from what is not quite an sdist, such as the archive of a repository; where it is, it has to agree.
function checkOwner(archive: string, rootDir: string, name: NormalizedName): void {
  let text: string;
  try {
    text = readFileSync(path.join(rootDir, 'PKG-INFO'), 'utf8');
  } catch {
    return;
  }
  const found = parseMetadata(text).name;
  if (normalizeName(found) === name) return;
  throw new ArchivesError(
    'SDIST_INVALID_LAYOUT',
    `${archive} is the sdist of ${found}, not of ${name} as its name says.`,
    {
      data: { archive, expected: name, found },
    },
  );
}

function parseName(archive: string): { name: NormalizedName; version: Version } {
  try {
    return parseSdistFilename(archive);
  } catch (cause) {
    throw new ArchivesError('SDIST_INVALID_NAME', `${JSON.stringify(archive)} is not the file name of an sdist.`, {
      hint: 'An sdist is called name-version.tar.gz.',
      cause,
      data: { archive },
    });
  }
}

function firstPart(relative: string): string {
  const slash = relative.indexOf('/');
  return slash === -1 ? relative : relative.slice(0, slash);
}

function isFromDisk(error: unknown): boolean {
  return typeof (error as NodeJS.ErrnoException).syscall === 'string';
}
