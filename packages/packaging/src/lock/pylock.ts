// pylock.toml as a checked value (specification "pylock.toml"): parsing TOML is the caller's, what the parsed document must
// hold is decided here. Which of its packages are installed is in pylock-select.ts.

import { type Marker, parseMarker } from '../markers/marker.ts';
import { type NormalizedName, normalizeName } from '../name.ts';
import { PackagingError, quote } from '../packaging-error.ts';
import { TableReader } from '../table.ts';
import { parseSdistFilename, parseWheelFilename } from '../tags/filename.ts';
import { parseSpecifiers, type SpecifierSet } from '../versions/specifier.ts';
import { compareVersions, parseVersion, type Version } from '../versions/version.ts';

export interface Pylock {
  readonly lockVersion: string;
  readonly createdBy: string;
  readonly requiresPython?: SpecifierSet | undefined;
  /** The lock is for environments that meet one of these; for any where there is none. */
  readonly environments: readonly Marker[];
  readonly extras: readonly NormalizedName[];
  readonly dependencyGroups: readonly string[];
  readonly defaultGroups: readonly string[];
  readonly packages: readonly PylockPackage[];
}

export interface PylockPackage {
  readonly name: NormalizedName;
  readonly version?: Version | undefined;
  readonly marker?: Marker | undefined;
  readonly requiresPython?: SpecifierSet | undefined;
  readonly index?: string | undefined;
  /** Wheels and sdist, or exactly one of the last three. */
  readonly wheels: readonly PylockFile[];
  readonly sdist?: PylockFile | undefined;
  readonly archive?: PylockFile | undefined;
  readonly directory?: PylockDirectory | undefined;
  readonly vcs?: PylockVcs | undefined;
}

export interface PylockFile {
  /** As stated, or the last part of the path or URL. */
  readonly filename: string;
  /** At least one of the two; a relative path is relative to the lock file. */
  readonly url?: string | undefined;
  readonly path?: string | undefined;
  readonly size?: number | undefined;
  /** Hexadecimal digests by algorithm; at least one. */
  readonly hashes: Readonly<Record<string, string>>;
  readonly subdirectory?: string | undefined;
}

export interface PylockDirectory {
  readonly path: string;
  readonly editable: boolean;
  readonly subdirectory?: string | undefined;
}

export interface PylockVcs {
  readonly type: string;
  readonly url?: string | undefined;
  readonly path?: string | undefined;
  readonly commitId: string;
  readonly requestedRevision?: string | undefined;
  readonly subdirectory?: string | undefined;
}

/** The lock in a parsed TOML document; throws `PACKAGING_INVALID_PYLOCK` naming the key. Unknown keys are let be. */
export function parsePylock(document: unknown): Pylock {
  const root = new TableReader(document, '', invalid);
  const lockVersion = root.requiredString('lock-version');
  if (!/^1\.[0-9]+$/.test(lockVersion))
    throw root.refuse('lock-version', `is ${quote(lockVersion)}, and 1 is what is known here`);
  if (!root.keys().includes('packages')) throw root.refuse('packages', 'is missing');
  return {
    lockVersion,
    createdBy: root.requiredString('created-by'),
    requiresPython: root.parse('requires-python', parseSpecifiers),
    environments: root.strings('environments').map((text) => root.attempt('environments', () => parseMarker(text))),
    extras: root.strings('extras').map((text) => root.attempt('extras', () => normalizeName(text))),
    dependencyGroups: root.strings('dependency-groups'),
    defaultGroups: root.strings('default-groups'),
    packages: root.tables('packages').map(readPackage),
  };
}

function readPackage(table: TableReader): PylockPackage {
  const name = table.parse('name', normalizeName);
  if (name === undefined) throw table.refuse('name', 'is missing');
  const locked: PylockPackage = {
    name,
    version: table.parse('version', parseVersion),
    marker: table.parse('marker', parseMarker),
    requiresPython: table.parse('requires-python', parseSpecifiers),
    index: table.string('index'),
    wheels: table.tables('wheels').map((wheel) => readFile(wheel)),
    sdist: readOptional(table, 'sdist', (sdist) => readFile(sdist)),
    archive: readOptional(table, 'archive', (archive) => readFile(archive)),
    directory: readOptional(table, 'directory', readDirectory),
    vcs: readOptional(table, 'vcs', readVcs),
  };
  checkSources(table, locked);
  for (const [index, { filename }] of locked.wheels.entries()) {
    checkFilename(table, `wheels[${index}]`, locked, () => parseWheelFilename(filename));
  }
  if (locked.sdist) checkFilename(table, 'sdist', locked, () => parseSdistFilename(locked.sdist!.filename));
  return locked;
}

function readFile(table: TableReader): PylockFile {
  const hashes = table.table('hashes');
  if (!hashes || hashes.keys().length === 0) throw table.refuse('hashes', 'is missing');
  const { url, path } = readPlace(table);
  const filename = table.string('name') ?? (path === undefined ? lastPartOfUrl(url!) : path.split(/[/\\]/).at(-1)!);
  return {
    filename,
    url,
    path,
    size: table.size('size'),
    hashes: Object.fromEntries(hashes.keys().map((algorithm) => [algorithm, readDigest(hashes, algorithm)])),
    subdirectory: table.string('subdirectory'),
  };
}

function readDigest(hashes: TableReader, algorithm: string): string {
  const digest = hashes.requiredString(algorithm);
  if (!/^[0-9a-fA-F]+$/.test(digest)) throw hashes.refuse(algorithm, 'is not hexadecimal');
  return digest.toLowerCase();
}

function readDirectory(table: TableReader): PylockDirectory {
  return {
    path: table.requiredString('path'),
    editable: table.boolean('editable') ?? false,
    subdirectory: table.string('subdirectory'),
  };
}

function readVcs(table: TableReader): PylockVcs {
  return {
    type: table.requiredString('type'),
    ...readPlace(table),
    commitId: table.requiredString('commit-id'),
    requestedRevision: table.string('requested-revision'),
    subdirectory: table.string('subdirectory'),
  };
}

function readPlace(table: TableReader): Pick<PylockFile, 'url' | 'path'> {
  const [url, path] = [table.string('url') || undefined, table.string('path') || undefined];
  if (url === undefined && path === undefined) throw table.refuse('', 'has neither url nor path');
  return { url, path };
}

function readOptional<T>(table: TableReader, key: string, read: (table: TableReader) => T): T | undefined {
  const inner = table.table(key);
  return inner && read(inner);
}

function checkSources(table: TableReader, { wheels, sdist, archive, directory, vcs }: PylockPackage): void {
  const direct = [archive, directory, vcs].filter((source) => source !== undefined).length;
  const distributions = wheels.length + (sdist ? 1 : 0);
  if (distributions > 0 ? direct > 0 : direct !== 1) {
    throw table.refuse('', 'needs wheels or an sdist, or else one of archive, directory and vcs');
  }
}

function checkFilename(
  table: TableReader,
  key: string,
  locked: PylockPackage,
  read: () => { readonly name: NormalizedName; readonly version: Version },
): void {
  const file = table.attempt(key, read);
  if (file.name !== locked.name) throw table.refuse(key, `is a file of ${file.name}, not of ${locked.name}`);
  if (locked.version && compareVersions(file.version, locked.version) !== 0) {
    throw table.refuse(key, `is a file of version ${file.version.text}, not of ${locked.version.text}`);
  }
}

function lastPartOfUrl(url: string): string {
  const last = url.split(/[?#]/, 1)[0]!.split('/').at(-1)!;
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}

function invalid(where: string, reason: string): PackagingError {
  return new PackagingError(
    'PACKAGING_INVALID_PYLOCK',
    `The lock file is not valid: ${where || 'the document'} ${reason}.`,
    {
      data: { where },
    },
  );
}
