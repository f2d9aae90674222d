// Opens a wheel and checks, before anything of it is written, the archive, its names, its dist-info and the agreement of
// RECORD with the list of its files. What is left to check is the content of the files.
import {
  type EntryPoint,
  type Metadata,
  type NormalizedName,
  parseWheelFilename,
  type Version,
} from '@wheelwright/packaging';
import { ArchivesError } from './archives-error.ts';
import { archiveName, type ByteSource, openSource } from './byte-source.ts';
import { digestOf, sha256 } from './hashes.ts';
import { Oddities } from './oddities.ts';
import { findWheelLayout, invalid, isNamedFor } from './wheel-layout.ts';
import { checkEntryPoints, checkMetadata, checkWheelFile } from './wheel-metadata.ts';
import { type IncompleteRecord, matchRecord, mismatch, type RecordedHash, type RecordPlace } from './wheel-record.ts';
import { readContent } from './zip-content.ts';
import type { ZipFileEntry } from './zip-entry.ts';
import { readZipEntries } from './zip-layout.ts';

/** A file of a wheel. */
export interface WheelFileEntry {
  /** Relative to the root of the wheel, with '/'. */
  readonly path: string;
  /** In bytes, unpacked. */
  readonly size: number;
  /** Whether the archive gives anyone the right to execute it. */
  readonly executable: boolean;
  /** The hash of the content, in hex. */
  readonly sha256: string;
}

/** What a wheel is and holds (specification "Binary distribution format"). */
export interface WheelDescription {
  /** The file name, which decides name, version and tags. */
  readonly filename: string;
  /** Normalized. */
  readonly name: NormalizedName;
  /** As the file name states it. */
  readonly version: Version;
  /** Expanded tags of the file name, which decides where it and the WHEEL file differ. */
  readonly tags: readonly string[];
  /** The name of its dist-info directory, as the archive spells it. */
  readonly distInfoDir: string;
  /** `x-1.data`, whether or not the wheel has one. */
  readonly dataDir: string;
  /** Whether its root goes to purelib, as against platlib. */
  readonly rootIsPurelib: boolean;
  /** METADATA, read. */
  readonly metadata: Metadata;
  /** METADATA as it is. */
  readonly metadataText: string;
  /** The entry points of entry_points.txt; none where there is no such file. */
  readonly entryPoints: readonly EntryPoint[];
  /** Sorted by path; without `__pycache__`, which is made for the interpreter at hand and never taken from a wheel. */
  readonly files: readonly WheelFileEntry[];
  /** The rules that the wheel breaks and that no installer holds it to, as sentences. */
  readonly warnings: readonly string[];
}

export interface OpenedWheel {
  readonly source: ByteSource;
  readonly description: WheelDescription;
  /** The files of the description, in the order of the archive. */
  readonly entries: readonly ZipFileEntry[];
}

export interface OpenWheelOptions {
  readonly filename?: string | undefined;
  readonly incomplete?: IncompleteRecord | undefined;
  /** No process writes to the file while it is open. */
  readonly isStill?: boolean | undefined;
}

/** Throws WHEEL_… ; the caller closes `source` of what is returned. */
export function openWheel(wheel: string | Uint8Array, options: OpenWheelOptions): OpenedWheel {
  const { filename, incomplete = 'warn', isStill } = options;
  const name = archiveName(wheel, filename);
  const promised = parseName(name);
  const source = openSource(wheel, name, isStill);
  try {
    const { description, entries } = inspect(source, name, promised, incomplete);
    return { source, description, entries };
  } catch (error) {
    source.close();
    throw error;
  }
}

function inspect(
  source: ByteSource,
  filename: string,
  promised: ReturnType<typeof parseWheelFilename>,
  incomplete: IncompleteRecord,
) {
  const archive = source.label;
  const oddities = new Oddities(archive);
  const present = readZipEntries(source, oddities).filter((entry) => !entry.directory);
  const paths = present.map(({ path }) => path);
  const { distInfoDir, dataDir } = findWheelLayout(archive, paths, promised, oddities);
  const texts = new TextReader(source, present, distInfoDir);
  const metadataText = texts.read('METADATA');
  const metadata = checkMetadata(archive, metadataText, promised, oddities);
  const { rootIsPurelib } = checkWheelFile(archive, texts.read('WHEEL'), oddities);
  const entryPoints = checkEntryPoints(archive, texts.readOptional('entry_points.txt') ?? '', oddities);
  const recordText = texts.readOptional('RECORD');
  if (recordText === undefined) {
    throw new ArchivesError('WHEEL_RECORD_MISSING', `${archive} has no RECORD, so nothing in it can be checked.`, {
      hint: 'Build the wheel again.',
      data: { archive },
    });
  }
  const isOwn = (directory: string, suffix: string) => isNamedFor(directory, suffix, promised);
  const byPath = new Map(present.map((entry) => [entry.path, entry]));
  const place: RecordPlace = {
    archive,
    distInfoDir,
    dataDir,
    isOwn,
    digestOf: (path, algorithm) => digestOf(algorithm, readContent(source, byPath.get(path)!)),
  };
  const hashes = matchRecord(place, recordText, present, oddities, incomplete);
  const entries = present.filter(({ path }) => !isBytecode(path));
  if (entries.length < present.length) oddities.accept('holds byte-code, which is left out');
  const files = entries.map((entry) => toFile(source, entry, hashes.get(entry.path)));
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  const description: WheelDescription = {
    filename,
    name: promised.name,
    version: promised.version,
    tags: promised.tags,
    distInfoDir,
    dataDir,
    rootIsPurelib,
    metadata,
    metadataText,
    entryPoints,
    files,
    warnings: oddities.warnings,
  };
  return { description, entries };
}

function toFile(
  source: ByteSource,
  entry: ZipFileEntry,
  recorded: readonly RecordedHash[] | undefined,
): WheelFileEntry {
  const { path, size, executable } = entry;
  const [first] = recorded ?? [];
  if (recorded?.length === 1 && first!.algorithm === 'sha256') return { path, size, executable, sha256: first!.digest };
  // RECORD itself, a signature, or a file with another hash than sha256 or none: rare, so it is read here and again later.
  const content = readContent(source, entry);
  for (const { algorithm, digest } of recorded ?? []) {
    if (digestOf(algorithm, content) !== digest) throw mismatch(source.label, `${path} differs from its hash`, path);
  }
  return { path, size, executable, sha256: sha256(content) };
}

function parseName(filename: string) {
  try {
    return parseWheelFilename(filename);
  } catch (cause) {
    throw new ArchivesError('WHEEL_INVALID_NAME', `${JSON.stringify(filename)} is not the file name of a wheel.`, {
      hint: 'A wheel is called name-version-python-abi-platform.whl.',
      cause,
      data: { archive: filename },
    });
  }
}

// The files of dist-info as text.
class TextReader {
  readonly #source: ByteSource;
  readonly #distInfoDir: string;
  readonly #entries: ReadonlyMap<string, ZipFileEntry>;

  constructor(source: ByteSource, entries: readonly ZipFileEntry[], distInfoDir: string) {
    this.#source = source;
    this.#distInfoDir = distInfoDir;
    this.#entries = new Map(entries.map((entry) => [entry.path, entry]));
  }

  read(name: string): string {
    const text = this.readOptional(name);
    if (text === undefined) throw invalid(this.#source.label, `it has no ${this.#distInfoDir}/${name}`);
    return text;
  }

  readOptional(name: string): string | undefined {
    const path = `${this.#distInfoDir}/${name}`;
    const entry = this.#entries.get(path);
    if (entry === undefined) return undefined;
    try {
      return new TextDecoder('utf-8', { fatal: name !== 'METADATA' }).decode(readContent(this.#source, entry));
    } catch (cause) {
      if (cause instanceof ArchivesError) throw cause;
      throw invalid(this.#source.label, `${path} is not UTF-8`, path, cause);
    }
  }
}

function isBytecode(path: string): boolean {
  return path.startsWith('__pycache__/') || path.includes('/__pycache__/');
}
