// The cache record of a build: its artifact, and the inputs that were observed during the build. Two builds with equal keys
// and equal observed inputs have the same artifact.

/** The kinds of artifacts. */
export type ArtifactKind = 'wheel' | 'sdist' | 'editable';

/** An artifact that was checked against its own metadata. */
export interface CheckedArtifact {
  /** Absolute. */
  readonly path: string;
  /** The last part of the path. */
  readonly filename: string;
  /** The sha256 of the file, in hex. */
  readonly sha256: string;
  /** In bytes. */
  readonly size: number;
  /** As its metadata has it. */
  readonly name: string;
  /** As its metadata has it. */
  readonly version: string;
}

/** Increase this number when the meaning of a key or a record changes. */
export const recordFormat = 3;

/** The inputs of a build that its key does not cover, as they were during the build. */
export interface ObservedInputs {
  /** The hash of each variable that was read, by name or pattern (`CMAKE_*`); null if it was not set. Hashes reveal no value. */
  readonly variables: Readonly<Record<string, string | null>>;
  /** The content of each file that was read, or its absence, by path. Paths near the tree are relative to it, others absolute. */
  readonly files: Readonly<Record<string, string>>;
  /** Each program that was started, by name: its path and the identity of its version, or `absent`. */
  readonly programs: Readonly<Record<string, string>>;
  /** The state of the git repository, if the build ran git. */
  readonly git?: string | undefined;
  /** The result of `get_requires_for_build_…`. */
  readonly requires: readonly string[];
  /** The hashes of all wheels in the environment then, sorted. */
  readonly environment: readonly string[];
  /** The day (UTC) of the build, if its version may contain a date. */
  readonly day?: string | undefined;
}

/** The record of a cached build. */
export interface BuildRecord {
  /** The build key, 64 hex digits: a hash of the inputs known before the build. */
  readonly key: string;
  /** What was made. */
  readonly kind: ArtifactKind;
  /** The observed inputs, which must be equal for the artifact to be reused. */
  readonly observed: ObservedInputs;
  /** The artifact. Its bytes are stored under its hash. */
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

/** The text of a record: one line of JSON, with the format. */
export function formatBuildRecord(record: BuildRecord): string {
  return `${JSON.stringify({ format: recordFormat, ...record })}\n`;
}

/** Parses a record; undefined if it is damaged or has another format. */
export function parseBuildRecord(text: string, key: string): BuildRecord | undefined {
  try {
    const { format, ...record } = JSON.parse(text) as BuildRecord & { readonly format: unknown };
    return format === recordFormat && record.key === key && isPlainName(record.artifact.filename) ? record : undefined;
  } catch {
    return undefined;
  }
}

function isPlainName(name: unknown): boolean {
  return typeof name === 'string' && name !== '' && !name.includes('/') && !name.startsWith('.');
}
