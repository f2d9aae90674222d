// RECORD against the archive: every file is listed once with a hash that can be trusted, and nothing else is listed.
// Pure; the hashes themselves are compared with the content while it is unpacked.
import { parseRecord, type RecordEntry } from '@wheelwright/packaging';
import { ArchivesError } from './archives-error.ts';
import type { ZipFileEntry } from './zip-layout.ts';

/** What RECORD promises of a file, with the digest in hex. */
export interface RecordedHash {
  readonly algorithm: 'sha256' | 'sha384' | 'sha512';
  readonly digest: string;
}

const digestSizes: Readonly<Record<string, number>> = { sha256: 32, sha384: 48, sha512: 64 };

/**
 * The recorded hash of every file in `files`, by path; RECORD itself and its signatures have none.
 * Throws WHEEL_RECORD_MISMATCH where the list and the archive differ.
 */
export function matchRecord(
  archive: string,
  recordPath: string,
  recordText: string,
  files: readonly ZipFileEntry[],
): ReadonlyMap<string, RecordedHash> {
  const listed = indexRecord(archive, recordPath, recordText);
  const hashes = new Map<string, RecordedHash>();
  for (const { path, size } of files) {
    if (isSignature(path, recordPath)) continue;
    const entry = listed.get(path);
    if (entry === undefined) throw mismatch(archive, `its RECORD does not list ${path}`, path);
    if (entry.size !== undefined && entry.size !== size) {
      throw mismatch(archive, `${path} has ${size} bytes where its RECORD says ${entry.size}`, path);
    }
    hashes.set(path, usableHash(archive, entry));
  }
  const present = new Set(files.map(({ path }) => path));
  for (const path of listed.keys()) {
    if (!present.has(path) && path !== recordPath)
      throw mismatch(archive, `its RECORD lists ${path}, which is not there`, path);
  }
  return hashes;
}

/** RECORD cannot list its own hash, nor that of what signs it (PEP 427, PEP 815). */
function isSignature(path: string, recordPath: string): boolean {
  return path === recordPath || path === `${recordPath}.jws` || path === `${recordPath}.p7s`;
}

function indexRecord(archive: string, recordPath: string, text: string): Map<string, RecordEntry> {
  const listed = new Map<string, RecordEntry>();
  let entries: readonly RecordEntry[];
  try {
    entries = parseRecord(text);
  } catch (cause) {
    throw mismatch(archive, 'its RECORD cannot be read', recordPath, cause);
  }
  for (const entry of entries) {
    if (listed.has(entry.path)) throw mismatch(archive, `its RECORD lists ${entry.path} twice`, entry.path);
    listed.set(entry.path, entry);
  }
  return listed;
}

function usableHash(archive: string, entry: RecordEntry): RecordedHash {
  if (entry.hash === undefined) throw mismatch(archive, `its RECORD has no hash for ${entry.path}`, entry.path);
  const algorithm = entry.hash.algorithm.toLowerCase();
  const size = digestSizes[algorithm];
  if (size === undefined) {
    throw mismatch(
      archive,
      `its RECORD has a hash by ${algorithm} for ${entry.path}, which proves nothing`,
      entry.path,
    );
  }
  const digest = Buffer.from(entry.hash.digest, 'base64url');
  if (digest.length !== size) throw mismatch(archive, `its RECORD has half a hash for ${entry.path}`, entry.path);
  return { algorithm: algorithm as RecordedHash['algorithm'], digest: digest.toString('hex') };
}

/** A refusal because RECORD and content differ. */
export function mismatch(archive: string, why: string, entry: string, cause?: unknown): ArchivesError {
  return new ArchivesError('WHEEL_RECORD_MISMATCH', `${archive} does not hold what it says it holds: ${why}.`, {
    hint: 'Get the wheel again or build it again; whoever published it can be asked about it.',
    cause,
    data: { archive, entry },
  });
}
