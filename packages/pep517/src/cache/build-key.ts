// The key of a build: a hash of all inputs that are known before it. It contains nothing specific to one machine, so two
// machines with the same source, requirements, Python and platform have the same key.
import { createHash } from 'node:crypto';
import type { ArtifactKind } from '../build-record.ts';
import { recordFormat } from '../build-record.ts';

/** The parts of a key. */
export interface KeyParts {
  /** The content: of a tree, of an sdist, or what the caller says it is. */
  readonly source: string;
  readonly kind: ArtifactKind;
  readonly configSettings: Readonly<Record<string, unknown>>;
  /** The hashes of the wheels that `build-system.requires` resolves to, sorted. */
  readonly environment: readonly string[];
  /** The interpreter and the platform, in terms that do not depend on the path of the installation. */
  readonly interpreter: Readonly<Record<string, unknown>>;
  readonly salt: string | undefined;
  /** Hashes of files outside of the tree that the project declares, by path relative to the tree. */
  readonly sources: Readonly<Record<string, string>>;
  /** Where an editable wheel points to; undefined for every other kind. */
  readonly place: string | undefined;
}

/** 64 hex digits. */
export function buildKey(parts: KeyParts): string {
  return createHash('sha256')
    .update(canonical({ format: recordFormat, ...parts }))
    .digest('hex');
}

/** JSON with the keys of objects in order. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  return `{${entries
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, each]) => `${JSON.stringify(name)}:${canonical(each)}`)
    .join(',')}}`;
}
