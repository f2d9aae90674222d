// What was built for a key, signed. A record is believed only where a trusted key signed exactly its bytes and it names the
// key that was asked for; everything else in the bucket is as good as absent.
import { canonicalJson, type Json } from './canonical-json.ts';
import type { Signature, Signer, Verifier } from './signing-keys.ts';

/** An artifact by its content. */
export interface ArtifactIdentity {
  /** A plain file name. */
  readonly filename: string;
  /** In hex. */
  readonly sha256: string;
  /** In bytes. */
  readonly size: number;
}

/** What one build of a key gave. */
export interface BuildRecord {
  /** The format of the record. */
  readonly format: 1;
  /** The build key, in hex. */
  readonly key: string;
  /** What the build gave. */
  readonly artifact: ArtifactIdentity;
  /** What the build used beyond its key, as the builder observed it; a reader compares it with its own state. */
  readonly observed?: Json | undefined;
  /** What went into the key, for people. */
  readonly inputs?: Json | undefined;
  /** Who built it, for people. */
  readonly builtBy: string;
  /** When, by the builder's clock, in ISO 8601; for people, and compared with nothing. */
  readonly builtAt: string;
}

/** A record with its signatures, as the bucket holds it. */
export interface SignedRecord extends BuildRecord {
  readonly sigs: readonly Signature[];
}

/** More records than this under one key are not kept: the oldest go. */
export const mostRecords = 16;

/** The largest size of a list of records, in bytes. */
export const recordsLimit = 1 << 20;

const domain = 'wheelwright build record 1\n';
const hex64 = /^[0-9a-f]{64}$/;

/** `record` with a signature over its canonical bytes. */
export function signRecord(record: BuildRecord, signer: Signer): SignedRecord {
  return { ...record, sigs: [signer.sign(signedBytes(record))] };
}

/** The object that holds these records. */
export function formatRecords(records: readonly SignedRecord[]): Buffer {
  return Buffer.from(`${canonicalJson({ format: 1, records: records as unknown as Json })}\n`);
}

/**
 * The records of an object that a trusted key signed for `key`, in the order of the object. Never throws: what cannot be
 * read, is signed by a stranger, was changed, or belongs to another key is left out.
 */
export function readTrustedRecords(object: Uint8Array, key: string, trusted: Verifier): readonly SignedRecord[] {
  const parsed = parseJson(object);
  if (!isObject(parsed) || parsed.format !== 1 || !Array.isArray(parsed.records)) return [];
  return parsed.records
    .slice(0, mostRecords)
    .filter(isSignedRecord)
    .filter((record) => record.key === key && trusted.verifies(signedBytes(record), record.sigs));
}

function signedBytes(record: BuildRecord | SignedRecord): Buffer {
  const { sigs: _, ...unsigned } = record as SignedRecord;
  return Buffer.from(domain + canonicalJson(unsigned as unknown as Json));
}

function isSignedRecord(value: unknown): value is SignedRecord {
  if (!isObject(value) || value.format !== 1) return false;
  const { key, artifact, builtBy, builtAt, sigs } = value;
  return (
    typeof key === 'string' &&
    hex64.test(key) &&
    typeof builtBy === 'string' &&
    typeof builtAt === 'string' &&
    isArtifact(artifact) &&
    Array.isArray(sigs) &&
    sigs.every((sig) => isObject(sig) && typeof sig.keyId === 'string' && typeof sig.ed25519 === 'string')
  );
}

function isArtifact(value: unknown): value is ArtifactIdentity {
  if (!isObject(value)) return false;
  const { filename, sha256, size } = value;
  return (
    typeof filename === 'string' &&
    isPlainFilename(filename) &&
    typeof sha256 === 'string' &&
    hex64.test(sha256) &&
    Number.isSafeInteger(size) &&
    (size as number) >= 0
  );
}

/** Whether `filename` stays in the directory that it is joined to. */
export function isPlainFilename(filename: string): boolean {
  return /^[\w][\w.+!-]{0,254}$/.test(filename);
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
