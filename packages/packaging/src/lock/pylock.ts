// pylock.toml as a checked value (specification "pylock.toml", PEP 751). Parsing TOML is the caller's; this file decides what
// the parsed document must hold. pylock-select.ts decides what one environment installs, format-pylock.ts writes a lock.

import { type Marker, parseMarker } from '../markers/marker.ts';
import { isValidName, type NormalizedName, normalizeName } from '../name.ts';
import { PackagingError, quote } from '../packaging-error.ts';
import { TableReader } from '../table.ts';
import { parseSdistFilename, parseWheelFilename } from '../tags/filename.ts';
import { parseSpecifiers, type SpecifierSet } from '../versions/specifier.ts';
import { compareVersions, parseVersion, type Version } from '../versions/version.ts';

/** A table that the specification leaves to tools, as the TOML parser gives it. */
export type PylockTable = Readonly<Record<string, unknown>>;

/** A lock file. A list that the file leaves out is empty here, except `environments`. */
export interface Pylock {
  /** The version of the format: `1.0`. A newer minor version may hold keys that are not known here. */
  readonly lockVersion: string;
  /** The name of the tool that wrote the file. */
  readonly createdBy: string;
  /** The Python versions that the lock is for. */
  readonly requiresPython?: SpecifierSet | undefined;
  /** The lock is for environments that meet one of these; undefined: for any. An empty list fits no environment. */
  readonly environments?: readonly Marker[] | undefined;
  /** The extras that the lock knows, normalized. */
  readonly extras: readonly NormalizedName[];
  /** The dependency groups that the lock knows, as written. */
  readonly dependencyGroups: readonly string[];
  /** The groups that are installed where the caller chooses none. */
  readonly defaultGroups: readonly string[];
  /** The packages in the order of the file. One name may stand several times, with markers that exclude each other. */
  readonly packages: readonly PylockPackage[];
  /** The table `[tool]`. */
  readonly tool?: PylockTable | undefined;
}

/** One package: `wheels` and `sdist`, or exactly one of `archive`, `directory` and `vcs`. */
export interface PylockPackage {
  /** The name, normalized. */
  readonly name: NormalizedName;
  /** The version; a directory or a repository whose version is dynamic has none. */
  readonly version?: Version | undefined;
  /** The package is for environments that meet this; undefined: for all. */
  readonly marker?: Marker | undefined;
  /** The Python versions that the package supports. */
  readonly requiresPython?: SpecifierSet | undefined;
  /** References to the packages that this one depends on, as written; informative only. */
  readonly dependencies?: readonly PylockTable[] | undefined;
  /** The URL of the index that offered the files. */
  readonly index?: string | undefined;
  /** The wheels, in the order of the file. */
  readonly wheels: readonly PylockFile[];
  /** The source distribution. */
  readonly sdist?: PylockFile | undefined;
  /** An archive that was named by URL or path. */
  readonly archive?: PylockFile | undefined;
  /** A source tree on this machine. */
  readonly directory?: PylockDirectory | undefined;
  /** A source tree in a version control system. */
  readonly vcs?: PylockVcs | undefined;
  /** Who attested the files; each table has a string `kind`. */
  readonly attestationIdentities?: readonly PylockTable[] | undefined;
  /** The table `[packages.tool]`. */
  readonly tool?: PylockTable | undefined;
}

/** A wheel, a source distribution or an archive. */
export interface PylockFile {
  /** The file name: `name` where it is stated, or the last part of the path or URL. */
  readonly filename: string;
  /** The file name as stated; undefined where the file states none. */
  readonly name?: string | undefined;
  /** When the index received the file. */
  readonly uploadTime?: Date | undefined;
  /** Where to download the file; there is a `url`, a `path` or both. */
  readonly url?: string | undefined;
  /** Where the file is on this machine; a relative path is relative to the lock file. */
  readonly path?: string | undefined;
  /** The size in bytes. */
  readonly size?: number | undefined;
  /** Digests by algorithm, in lower case; at least one. */
  readonly hashes: Readonly<Record<string, string>>;
  /** The directory in an archive that holds the project, relative with `/`; for archives only. */
  readonly subdirectory?: string | undefined;
}

/** A source tree on this machine. */
export interface PylockDirectory {
  /** The directory; a relative path is relative to the lock file. */
  readonly path: string;
  /** Whether to install it editable; false where the file says nothing. */
  readonly editable?: boolean | undefined;
  /** The directory in the tree that holds the project. */
  readonly subdirectory?: string | undefined;
}

/** A source tree in a version control system. */
export interface PylockVcs {
  /** The kind of system: `git`, `hg`, `bzr` or `svn`. */
  readonly type: string;
  /** The URL of the repository; there is a `url`, a `path` or both. */
  readonly url?: string | undefined;
  /** The repository on this machine; a relative path is relative to the lock file. */
  readonly path?: string | undefined;
  /** The exact commit. */
  readonly commitId: string;
  /** The branch, tag or other revision that was asked for. */
  readonly requestedRevision?: string | undefined;
  /** The directory in the tree that holds the project. */
  readonly subdirectory?: string | undefined;
}

/** Whether a file of this name is a lock file: `pylock.toml`, or `pylock.NAME.toml` where NAME holds no dot. */
export function isPylockFilename(filename: string): boolean {
  return /^pylock(?:\.[^.]+)?\.toml$/.test(filename) && !filename.endsWith('\n');
}

/**
 * The lock in a parsed TOML document. Throws `PACKAGING_INVALID_PYLOCK` for a document that breaks the specification, with
 * the key in `data.where`, and for a `lock-version` other than 1. Unknown keys are ignored.
 */
export function parsePylock(document: unknown): Pylock {
  const root = new TableReader(document, '', invalid);
  return {
    lockVersion: readLockVersion(root),
    createdBy: root.requiredString('created-by'),
    requiresPython: root.parse('requires-python', parseSpecifiers),
    environments: root.has('environments') ? root.parseAll('environments', parseMarker) : undefined,
    extras: root.parseAll('extras', readNormalizedName),
    dependencyGroups: root.strings('dependency-groups'),
    defaultGroups: root.strings('default-groups'),
    packages: readPackages(root),
    tool: root.record('tool'),
  };
}

function readLockVersion(root: TableReader): string {
  const text = root.requiredString('lock-version');
  const version = root.attempt('lock-version', () => parseVersion(text));
  const isKnown = version.epoch === 0 && version.release[0] === 1 && compareVersions(version, parseVersion('1')) >= 0;
  if (!isKnown) throw root.refuse('lock-version', `is ${quote(text)}, and only version 1 is known here`);
  return text;
}

function readPackages(root: TableReader): readonly PylockPackage[] {
  if (!root.has('packages')) throw root.refuse('packages', 'is missing');
  return root.tables('packages').map(readPackage);
}

function readPackage(table: TableReader): PylockPackage {
  const name = table.parse('name', readNormalizedName);
  if (name === undefined) throw table.refuse('name', 'is missing');
  const locked: PylockPackage = {
    name,
    version: table.parse('version', parseVersion),
    marker: table.parse('marker', parseMarker),
    requiresPython: table.parse('requires-python', parseSpecifiers),
    dependencies: table.records('dependencies'),
    index: table.string('index'),
    wheels: table.tables('wheels').map((wheel) => readFile(wheel)),
    sdist: readOptional(table, 'sdist', (sdist) => readFile(sdist)),
    archive: readOptional(table, 'archive', (archive) => readFile(archive)),
    directory: readOptional(table, 'directory', readDirectory),
    vcs: readOptional(table, 'vcs', readVcs),
    attestationIdentities: table.records('attestation-identities'),
    tool: table.record('tool'),
  };
  for (const identity of table.tables('attestation-identities')) identity.requiredString('kind');
  checkSources(table, locked);
  for (const [index, { filename }] of locked.wheels.entries()) {
    checkFilename(table, `wheels[${index}]`, locked, () => parseWheelFilename(filename));
  }
  if (locked.sdist) checkFilename(table, 'sdist', locked, () => parseSdistFilename(locked.sdist!.filename));
  return locked;
}

function readNormalizedName(text: string): NormalizedName {
  const name = isValidName(text) ? normalizeName(text) : undefined;
  if (name === text) return name;
  throw new PackagingError('PACKAGING_INVALID_NAME', `${quote(text)} is not a normalized name.`);
}

function readFile(table: TableReader): PylockFile {
  const hashes = table.table('hashes');
  if (!hashes || hashes.keys().length === 0) throw table.refuse('hashes', 'is missing');
  const { url, path } = readPlace(table);
  const name = table.string('name');
  return {
    filename: name || (path === undefined ? lastPartOfUrl(url!) : path.split(/[/\\]/).at(-1)!),
    name,
    uploadTime: table.date('upload-time'),
    url,
    path,
    size: table.size('size'),
    hashes: Object.fromEntries(
      hashes.keys().map((algorithm) => [algorithm, hashes.requiredString(algorithm).toLowerCase()]),
    ),
    subdirectory: table.string('subdirectory'),
  };
}

function readDirectory(table: TableReader): PylockDirectory {
  return {
    path: table.requiredString('path'),
    editable: table.boolean('editable'),
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
    { data: { where } },
  );
}
