// RECORD against the archive: which file has which hash, what is listed that is not there, and what is there that is not
// listed. Pure; the hashes themselves are compared with the content while it is unpacked.
import { parseRecord, type RecordEntry } from '@wheelwright/packaging';
import { ArchivesError } from './archives-error.ts';
import { knownAlgorithm } from './hashes.ts';
import { listed, type Oddities } from './oddities.ts';
import type { ZipFileEntry } from './zip-entry.ts';

/** A hash that RECORD states of a file, with the digest in lower-case hex. */
export interface RecordedHash {
  /** As RECORD spells it, in lower case: `sha256`, `md5`, `blake2b`. */
  readonly algorithm: string;
  readonly digest: string;
}

/** Where the RECORD is and what belongs to it. */
export interface RecordPlace {
  readonly archive: string;
  readonly distInfoDir: string;
  readonly dataDir: string;
  /** Whether `directory` is a dist-info directory of the wheel's own distribution, however it is spelled. */
  readonly isOwn: (directory: string, suffix: '.dist-info' | '.data') => boolean;
  /** The digest in hex of a file that the wheel holds. */
  readonly digestOf: (path: string, algorithm: string) => string;
}

/**
 * What happens to a wheel that holds a file without listing it, or lists one that it does not hold: `warn` accepts it, as
 * pip and uv do; `refuse` throws WHEEL_RECORD_MISMATCH.
 */
export type IncompleteRecord = 'warn' | 'refuse';

/**
 * The recorded hashes of every file in `files`, by path; none for RECORD itself, for its signatures and for what RECORD
 * does not list. Throws WHEEL_RECORD_MISMATCH where a row contradicts the archive or another row or names a path outside
 * of the wheel; whatever else is wrong with RECORD becomes a warning.
 */
export function matchRecord(
  place: RecordPlace,
  recordText: string,
  files: readonly ZipFileEntry[],
  oddities: Oddities,
  incomplete: IncompleteRecord,
): ReadonlyMap<string, readonly RecordedHash[]> {
  const recordPath = `${place.distInfoDir}/RECORD`;
  const present = new Set(files.map(({ path }) => path));
  const rows = readRows(place, recordPath, recordText, present, oddities);
  const found = new Findings();
  const hashes = new Map<string, readonly RecordedHash[]>();
  const directories = new Set<string>();
  for (const { path, size } of files) {
    addParents(directories, path);
    if (isSignature(path, recordPath)) continue;
    const own = rows.get(path);
    if (own === undefined) {
      found.unlisted.push(path);
      continue;
    }
    const usable = usableHashes(place.archive, own);
    if (usable.length === 0) found.unhashed.push(path);
    else if (!usable.some(({ algorithm }) => knownAlgorithm(algorithm)!.strong)) found.weak.push(path);
    if (own.some((row) => row.size !== undefined && row.size !== size)) {
      if (usable.length === 0)
        throw mismatch(place.archive, `${path} has ${size} bytes, and its RECORD says otherwise`, path);
      found.sized.push(path);
    }
    hashes.set(path, usable);
  }
  for (const path of rows.keys()) {
    if (present.has(path) || path === recordPath) continue;
    (directories.has(path.replace(/\/$/, '')) || path.endsWith('/') ? found.directories : found.absent).push(path);
  }
  if (incomplete === 'refuse') found.refuseIncomplete(place.archive);
  found.tell(oddities);
  return hashes;
}

class Findings {
  readonly unlisted: string[] = [];
  readonly unhashed: string[] = [];
  readonly weak: string[] = [];
  readonly sized: string[] = [];
  readonly absent: string[] = [];
  readonly directories: string[] = [];

  refuseIncomplete(archive: string): void {
    const { unlisted, absent } = this;
    if (unlisted.length > 0) throw mismatch(archive, `its RECORD does not list ${listed(unlisted)}`, unlisted[0]!);
    if (absent.length > 0)
      throw mismatch(archive, `its RECORD lists ${listed(absent)}, which is not there`, absent[0]!);
  }

  tell(oddities: Oddities): void {
    oddities.acceptAll(this.unlisted, (paths) => `does not list ${paths} in its RECORD`);
    oddities.acceptAll(this.unhashed, (paths) => `has no hash that can be checked for ${paths} in its RECORD`);
    oddities.acceptAll(this.weak, (paths) => `has a hash weaker than sha256 for ${paths} in its RECORD`);
    oddities.acceptAll(this.sized, (paths) => `states a wrong size for ${paths} in its RECORD`);
    oddities.acceptAll(this.absent, (paths) => `lists ${paths} in its RECORD, which it does not hold`);
    oddities.acceptAll(this.directories, (paths) => `lists the directory ${paths} in its RECORD`);
  }
}

/** RECORD cannot list its own hash, nor that of what signs it (PEP 427, PEP 815). */
function isSignature(path: string, recordPath: string): boolean {
  return path === recordPath || path === `${recordPath}.jws` || path === `${recordPath}.p7s`;
}

// The rows by the path that each means, in the spelling of the archive.
function readRows(
  place: RecordPlace,
  recordPath: string,
  text: string,
  present: ReadonlySet<string>,
  oddities: Oddities,
): ReadonlyMap<string, RecordEntry[]> {
  let entries: readonly RecordEntry[];
  try {
    entries = parseRecord(text);
  } catch (cause) {
    throw mismatch(place.archive, 'its RECORD cannot be read', recordPath, cause);
  }
  const rows = new Map<string, RecordEntry[]>();
  const respelled: string[] = [];
  const repeated: string[] = [];
  const long: string[] = [];
  for (const entry of entries) {
    const path = meantPath(place, entry, present);
    if (entry.isLong) long.push(path);
    if (path !== entry.path) respelled.push(entry.path);
    const others = rows.get(path);
    if (others === undefined) rows.set(path, [entry]);
    else {
      others.push(entry);
      repeated.push(path);
    }
  }
  oddities.acceptAll(respelled, (paths) => `spells the path of ${paths} another way in its RECORD`);
  oddities.acceptAll(long, (paths) => `has more than three columns for ${paths} in its RECORD`);
  oddities.acceptAll(repeated, (paths) => `lists ${paths} more than once in its RECORD`);
  return rows;
}

// `./a`, `a//b`, `a\\b`, `/a` and another spelling of the dist-info directory mean a file of the wheel. A slash at the end
// stays: it marks a directory.
function meantPath(place: RecordPlace, row: RecordEntry, present: ReadonlySet<string>): string {
  const { archive, distInfoDir, dataDir, isOwn } = place;
  if (present.has(row.path)) return row.path;
  const path = clean(archive, row.path, present);
  const slash = path.indexOf('/');
  const top = path.slice(0, Math.max(0, slash));
  const below = path.slice(slash);
  if (top !== distInfoDir && top.endsWith('.dist-info') && isOwn(top, '.dist-info')) {
    return isAbout(place, row, distInfoDir + below, present) ? distInfoDir + below : path;
  }
  if (top !== dataDir && top.endsWith('.data') && isOwn(top, '.data')) return dataDir + below;
  return path;
}

// A wheel whose dist-info was renamed by hand may have another METADATA than the one that its rows speak of. Those rows
// name a file that is not there, so they contradict none.
function isAbout(
  { digestOf }: RecordPlace,
  { hash }: RecordEntry,
  path: string,
  present: ReadonlySet<string>,
): boolean {
  const size = hash && knownAlgorithm(hash.algorithm.toLowerCase())?.size;
  if (hash === undefined || size === undefined || !present.has(path)) return true;
  return digestInHex(size, hash.digest) === digestOf(path, hash.algorithm.toLowerCase());
}

function clean(archive: string, stated: string, present: ReadonlySet<string>): string {
  if (!/[\\]|^\/|^[A-Za-z]:|(?:^|\/)(?:\.{1,2})?\//.test(stated)) return stated;
  const text = stated.replaceAll('\\', '/');
  const parts: string[] = [];
  for (const part of text.split('/')) {
    if (part === '..' && parts.pop() === undefined) throw outsideOf(archive, stated);
    if (part !== '' && part !== '.' && part !== '..') parts.push(part);
  }
  const path = parts.join('/');
  // Some tools write the root of the wheel as '/'. Any other absolute path is outside.
  const isAbsolute = text.startsWith('/') || /^[A-Za-z]:\//.test(text);
  if (isAbsolute && !present.has(path)) throw outsideOf(archive, stated);
  return path + (text.endsWith('/') ? '/' : '');
}

function outsideOf(archive: string, stated: string): ArchivesError {
  return mismatch(archive, `its RECORD lists ${JSON.stringify(stated)}, which is outside of it`, stated);
}

// Every hash that the rows of one file state and that can be computed here; equal ones count once. Two digests of one algorithm cannot both
// be true, so one of them contradicts the content.
function usableHashes(archive: string, rows: readonly RecordEntry[]): readonly RecordedHash[] {
  const [only] = rows;
  if (rows.length === 1 && only!.hash?.algorithm === 'sha256') {
    const digest = digestInHex(32, only!.hash.digest);
    if (digest !== undefined) return [{ algorithm: 'sha256', digest }];
  }
  const byAlgorithm = new Map<string, string>();
  for (const { path, hash } of rows) {
    if (hash === undefined) continue;
    const algorithm = hash.algorithm.toLowerCase();
    const size = knownAlgorithm(algorithm)?.size;
    if (size === undefined) continue;
    const digest = digestInHex(size, hash.digest);
    if (digest === undefined) throw mismatch(archive, `its RECORD has no whole ${algorithm} hash for ${path}`, path);
    const other = byAlgorithm.get(algorithm);
    if (other !== undefined && other !== digest) {
      throw mismatch(archive, `its RECORD has two different hashes for ${path}`, path);
    }
    byAlgorithm.set(algorithm, digest);
  }
  return [...byAlgorithm].map(([algorithm, digest]) => ({ algorithm, digest }));
}

// Base64 as the standard has it, or hex, which some tools wrote. Undefined: neither is of the length of the algorithm.
function digestInHex(size: number, text: string): string | undefined {
  const digest = Buffer.from(text, 'base64url');
  if (digest.length === size) return digest.toString('hex');
  return text.length === size * 2 && /^[0-9a-f]+$/i.test(text) ? text.toLowerCase() : undefined;
}

function addParents(directories: Set<string>, path: string): void {
  for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
    const directory = path.slice(0, slash);
    if (directories.has(directory)) return;
    directories.add(directory);
  }
}

/** A refusal because RECORD and content differ. */
export function mismatch(archive: string, why: string, entry: string, cause?: unknown): ArchivesError {
  return new ArchivesError('WHEEL_RECORD_MISMATCH', `${archive} does not hold what it says it holds: ${why}.`, {
    hint: 'Download the wheel again or build it again. If that changes nothing, report the fault to its maintainers.',
    cause,
    data: { archive, entry },
  });
}
