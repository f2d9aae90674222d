// Reads the static metadata of a tree: PKG-INFO of an sdist (PEP 643) or `[project]` of pyproject.toml (PEP 621), if no
// field that a resolver needs is dynamic. Starts no process.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { isErrno } from '@wheelwright/errors';
import { isValidName, type Metadata, parseMetadata, parseRequirement, tryParseVersion } from '@wheelwright/packaging';
import { isTable, readPyprojectFile, type TomlValues } from './pyproject-file.ts';

/** Metadata that was read without the backend. */
export interface StatedMetadata {
  /** The fields as values. */
  readonly metadata: Metadata;
  /** Core metadata. Made from pyproject.toml, it has only the fields that a resolver needs. */
  readonly text: string;
  /** Which file states it. */
  readonly from: 'sdist' | 'pyproject';
}

const decisiveFields = ['name', 'version', 'requires-dist', 'requires-python', 'provides-extra'];
const decisiveKeys = ['version', 'dependencies', 'optional-dependencies', 'requires-python'];

/**
 * The static metadata of the tree `dir`: PKG-INFO of metadata 2.2 or newer, or a `[project]` table, if no field that a
 * resolver needs is dynamic. Undefined if only the backend knows the metadata.
 * Codes: PEP517_BAD_PYPROJECT if pyproject.toml is not TOML.
 */
export function statedMetadata(dir: string): StatedMetadata | undefined {
  const ofSdist = ofPackageInfo(path.join(dir, 'PKG-INFO'));
  if (ofSdist !== undefined) return ofSdist;
  const text = ofProjectTable(dir);
  return text === undefined ? undefined : { metadata: parseMetadata(text), text, from: 'pyproject' };
}

function ofPackageInfo(file: string): StatedMetadata | undefined {
  let text: string;
  let metadata: Metadata;
  try {
    text = readFileSync(file, 'utf8');
    metadata = parseMetadata(text);
  } catch (error) {
    // Invalid metadata states nothing. The backend may still return valid metadata.
    if (isErrno(error) && !isErrno(error, 'ENOENT', 'ENOTDIR', 'EISDIR')) throw error;
    return undefined;
  }
  const [major = 0, minor = 0] = metadata.metadataVersion.split('.').map(Number);
  const isReliable = major > 2 || (major === 2 && minor >= 2);
  const isStatic = isReliable && !metadata.dynamic.some((field) => decisiveFields.includes(field));
  return isStatic ? { metadata, text, from: 'sdist' } : undefined;
}

function ofProjectTable(dir: string): string | undefined {
  const project = readPyprojectFile(path.join(dir, 'pyproject.toml'))?.values.project;
  if (!isTable(project)) return undefined;
  const { name, version, dynamic = [] } = project;
  if (typeof name !== 'string' || !isValidName(name)) return undefined;
  if (typeof version !== 'string' || tryParseVersion(version) === undefined) return undefined;
  if (!isStringList(dynamic) || dynamic.some((field) => decisiveKeys.includes(field))) return undefined;
  const required = requirementLines(project);
  if (required === undefined) return undefined;
  const python = project['requires-python'];
  if (python !== undefined && typeof python !== 'string') return undefined;
  const lines = [
    'Metadata-Version: 2.1',
    `Name: ${name}`,
    `Version: ${version}`,
    ...(python === undefined ? [] : [`Requires-Python: ${python}`]),
    ...required,
  ];
  return `${lines.join('\n')}\n`;
}

/** `Requires-Dist` and `Provides-Extra`; undefined if one of them is not a valid requirement. */
function requirementLines({
  dependencies = [],
  'optional-dependencies': optional = {},
}: TomlValues): string[] | undefined {
  if (!isStringList(dependencies) || !isTable(optional) || !dependencies.every(isRequirement)) return undefined;
  const lines = dependencies.map((text) => `Requires-Dist: ${oneLine(text)}`);
  for (const [extra, texts] of Object.entries(optional)) {
    if (!isValidName(extra) || !isStringList(texts) || !texts.every(isRequirement)) return undefined;
    lines.push(`Provides-Extra: ${extra}`, ...texts.map((text) => `Requires-Dist: ${withExtra(text, extra)}`));
  }
  return lines;
}

/** The requirement `text` of an extra: joins its own marker with that of the extra. */
function withExtra(text: string, extra: string): string {
  const condition = `extra == "${extra}"`;
  const { marker, url } = parseRequirement(text);
  if (marker === undefined) return `${oneLine(text)}${url === undefined ? '' : ' '}; ${condition}`;
  // A URL may hold a semicolon; its marker begins behind a blank (PEP 508).
  const at = url === undefined ? text.indexOf(';') : text.search(/\s;/);
  return oneLine(`${text.slice(0, at).trim()} ; (${text.slice(text.indexOf(';', at) + 1).trim()}) and ${condition}`);
}

function isRequirement(text: string): boolean {
  try {
    parseRequirement(text);
    return true;
  } catch {
    return false;
  }
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

function isStringList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
