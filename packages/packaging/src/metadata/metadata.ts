// Core metadata (METADATA in a wheel or an environment, PKG-INFO in an sdist): the fields that installing and resolving
// need, and all others by name (specification "Core metadata").

import { isValidName } from '../name.ts';
import { PackagingError, quote } from '../packaging-error.ts';
import { firstField, parseHeaderFields } from './header-fields.ts';

export interface Metadata {
  readonly metadataVersion: string;
  readonly name: string;
  /** As written; installed distributions of long ago need not have a version that parses. */
  readonly version: string;
  readonly summary?: string | undefined;
  readonly requiresDist: readonly string[];
  readonly requiresPython?: string | undefined;
  readonly providesExtra: readonly string[];
  /** What `Import-Name` states (metadata 2.5), without comments such as `; private`; empty where it states nothing. */
  readonly importNames: readonly string[];
  /** Fields that a build may change, in lower case (`Dynamic`). */
  readonly dynamic: readonly string[];
  /** Every field by lower-case name, its values in the order of the file. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
}

/**
 * Reads core metadata. Throws `PACKAGING_INVALID_METADATA` where a line is no field, a required field is absent, the name
 * is not valid, or the metadata version has another major number than 1 or 2; a newer minor number is read as it is.
 */
export function parseMetadata(text: string): Metadata {
  const fields = parseHeaderFields(text, (line, number) => invalid(`line ${number} is no field: ${quote(line)}`));
  const one = (name: string) => firstField(fields, name.toLowerCase());
  const many = (name: string) => (fields.headers.get(name.toLowerCase()) ?? []).map(unfold);
  const required = (name: string) => {
    const value = one(name);
    if (!value || value.toUpperCase() === 'UNKNOWN') throw invalid(`the field ${name} is absent`);
    return value;
  };
  const metadataVersion = required('Metadata-Version');
  if (!/^[12]\.[0-9]+$/.test(metadataVersion)) throw invalid(`its Metadata-Version is ${quote(metadataVersion)}`);
  const name = required('Name');
  if (!isValidName(name)) throw invalid(`${quote(name)} is not a valid name`);
  return {
    metadataVersion,
    name,
    version: required('Version'),
    summary: one('Summary'),
    requiresDist: many('Requires-Dist'),
    requiresPython: one('Requires-Python'),
    providesExtra: many('Provides-Extra'),
    importNames: many('Import-Name')
      .map(withoutComment)
      .filter((importName) => importName !== ''),
    dynamic: many('Dynamic').map((field) => field.toLowerCase()),
    headers: fields.headers,
  };
}

// A requirement that an old tool wrapped over several lines is one line again.
function unfold(value: string): string {
  return value.includes('\n')
    ? value
        .split('\n')
        .map((line) => line.trim())
        .join(' ')
    : value;
}

function withoutComment(value: string): string {
  return value.split(';')[0]!.trim();
}

function invalid(reason: string): PackagingError {
  return new PackagingError('PACKAGING_INVALID_METADATA', `The metadata is not valid: ${reason}.`);
}
