// What is kept of a build: the artifact, and what the build used beside its key. A build whose key is the same has the
// same artifact where all of that is the same too.

/** What a build makes. */
export type ArtifactKind = 'wheel' | 'sdist' | 'editable';

/** An artifact that is what it says it is. */
export interface CheckedArtifact {
  /** Absolute. */
  readonly path: string;
  /** The last part of the path. */
  readonly filename: string;
  /** Of the file's bytes, in hex. */
  readonly sha256: string;
  /** In bytes. */
  readonly size: number;
  /** As its metadata has it. */
  readonly name: string;
  /** As its metadata has it. */
  readonly version: string;
}

/** Raised with whatever changes the meaning of a key or a record. */
export const recordFormat = 2;

/** What a build used beside its key, as it was. */
export interface ObservedInputs {
  /** By name or pattern (`CMAKE_*`), the hash of the value or values; null where there is none. No value can be read. */
  readonly variables: Readonly<Record<string, string | null>>;
  /** By path, relative to the tree where it lies beside it and absolute elsewhere: its content, or that it is absent. */
  readonly files: Readonly<Record<string, string>>;
  /** By name, where it was found and what tells it from another version; `absent`. */
  readonly programs: Readonly<Record<string, string>>;
  /** The state of the repository, where git was asked. */
  readonly git?: string | undefined;
  /** What `get_requires_for_build_…` asked for. */
  readonly requires: readonly string[];
  /** The hashes of all wheels in the environment then, sorted. */
  readonly environment: readonly string[];
  /** The day (UTC) of a build whose version may hold it. */
  readonly day?: string | undefined;
}

/** A build that was kept. */
export interface BuildRecord {
  /** `recordFormat` of the version that wrote it. */
  readonly format: number;
  /** What was known before the build, as 64 hex digits. */
  readonly key: string;
  /** What was made. */
  readonly kind: ArtifactKind;
  /** What has to be the same for the artifact to be given back. */
  readonly observed: ObservedInputs;
  /** What was made; the bytes are kept under its hash. */
  readonly artifact: {
    readonly filename: string;
    readonly sha256: string;
    readonly size: number;
    readonly name: string;
    readonly version: string;
  };
  /** ISO 8601, for people. */
  readonly builtAt: string;
}

/** The record in `text`; undefined where it is damaged or of another format. */
export function parseBuildRecord(text: string, key: string): BuildRecord | undefined {
  try {
    const record = JSON.parse(text) as BuildRecord;
    return record.format === recordFormat && record.key === key && isPlainName(record.artifact.filename)
      ? record
      : undefined;
  } catch {
    return undefined;
  }
}

function isPlainName(name: unknown): boolean {
  return typeof name === 'string' && name !== '' && !name.includes('/') && !name.startsWith('.');
}
