// Core metadata (METADATA in a wheel or an environment, PKG-INFO in an sdist): the fields that installing and resolving
// need, and all others by name (specification "Core metadata").

import { isValidName } from '../name.ts';
import { PackagingError, quote } from '../packaging-error.ts';
import { firstField, parseHeaderFields } from './header-fields.ts';

/** The fields of core metadata. A list is empty where the file has none of its field. */
export interface Metadata {
  /** As written; `1.0` where the field is absent. */
  readonly metadataVersion: string;
  /** The name as written; it is valid. */
  readonly name: string;
  /** As written; installed distributions of long ago need not have a version that parses. */
  readonly version: string;
  /** The summary as written. */
  readonly summary?: string | undefined;
  /** What the distribution requires: one requirement each, on one line, not parsed. */
  readonly requiresDist: readonly string[];
  /** The Python versions that it supports: a version specifier, not parsed. */
  readonly requiresPython?: string | undefined;
  /** The extras that it has, as written. */
  readonly providesExtra: readonly string[];
  /** What `Import-Name` states (metadata 2.5), without comments such as `; private`; empty where it states nothing. */
  readonly importNames: readonly string[];
  /** Fields that a build may change, in lower case (`Dynamic`). */
  readonly dynamic: readonly string[];
  /** Every field by lower-case name, its values in the order of the file. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  /** Where the text differs from the specification and is read all the same: each ends a sentence that begins "its METADATA". */
  readonly oddities: readonly string[];
}

/**
 * Reads core metadata, as leniently as pip and uv do where the text can be understood. Throws
 * `PACKAGING_INVALID_METADATA` where Name or Version is absent or the name is not valid.
 */
export function parseMetadata(text: string): Metadata {
  const oddities: string[] = [];
  const fields = parseHeaderFields(text, (line, number) => {
    oddities.push(`has ${quote(line)} on line ${number}, which is no field and ends the fields`);
  });
  const one = (name: string) => firstField(fields, name.toLowerCase());
  const many = (name: string) => (fields.headers.get(name.toLowerCase()) ?? []).map(unfold);
  const required = (name: string) => {
    const value = one(name);
    if (!value || value.toUpperCase() === 'UNKNOWN') throw invalid(`the field ${name} is absent`);
    return value;
  };
  const metadataVersion = one('Metadata-Version');
  if (metadataVersion === undefined) oddities.push('has no Metadata-Version');
  else if (!/^[12]\.[0-9]+$/.test(metadataVersion)) {
    oddities.push(`has the Metadata-Version ${quote(metadataVersion)}, which is not known`);
  }
  const name = required('Name');
  if (!isValidName(name)) throw invalid(`${quote(name)} is not a valid name`);
  return {
    metadataVersion: metadataVersion ?? '1.0',
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
    oddities,
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
