// Requirements: `name[extra]>=1; marker` or `name @ URL ; marker` (specification "Dependency specifiers").

import { redactUrls } from '@wheelwright/errors';
import { formatMarker, type Marker, parseMarker } from '../markers/marker.ts';
import { type NormalizedName, normalizeName } from '../name.ts';
import { PackagingError, quote } from '../packaging-error.ts';
import { formatSpecifiers, parseSpecifiers, type SpecifierSet } from '../versions/specifier.ts';

/** What a project requires: a name with version specifiers, or a name with a URL. */
export interface Requirement {
  /** As written. */
  readonly name: string;
  /** The name in the form in which names are compared. */
  readonly normalizedName: NormalizedName;
  /** Normalized, each once, in the order written. */
  readonly extras: readonly NormalizedName[];
  /** The versions that are admitted; an empty set admits all. Empty beside a `url`. */
  readonly specifiers: SpecifierSet;
  /** Where to take the distribution from, as written. */
  readonly url?: string | undefined;
  /** For which environments the requirement is; undefined: for all. */
  readonly marker?: Marker | undefined;
}

const namePattern = /[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?(?![A-Za-z0-9._-])/y;

/** The requirement that `text` spells; throws `PACKAGING_INVALID_REQUIREMENT`, its `cause` telling more. */
export function parseRequirement(text: string): Requirement {
  const source = stripSpace(text);
  namePattern.lastIndex = 0;
  const name = namePattern.exec(source)?.[0];
  if (name === undefined) throw invalid(text, 'it does not begin with a name');
  const { extras, rest } = readExtras(source.slice(name.length).replace(/^[ \t]+/, ''), text);
  const base = { name, normalizedName: normalizeName(name), extras };
  if (rest.startsWith('@')) return { ...base, specifiers: { specifiers: [] }, ...readUrl(rest.slice(1), text) };
  const { specifiers, marker } = splitMarker(rest);
  return { ...base, specifiers: readSpecifiers(specifiers, text), ...readMarker(marker, text) };
}

/** The requirement as text that parses to an equal one. */
export function formatRequirement(requirement: Requirement): string {
  const { name, extras, specifiers, url, marker } = requirement;
  let text = extras.length === 0 ? name : `${name}[${extras.join(',')}]`;
  text += url === undefined ? formatSpecifiers(specifiers) : ` @ ${url}`;
  if (marker === undefined) return text;
  // A semicolon that touches a URL would be part of it.
  return `${text}${url === undefined ? '' : ' '}; ${formatMarker(marker)}`;
}

function readExtras(rest: string, text: string): { extras: NormalizedName[]; rest: string } {
  if (!rest.startsWith('[')) return { extras: [], rest };
  const end = rest.indexOf(']');
  if (end < 0) throw invalid(text, 'the "[" before its extras is not closed');
  const list = stripSpace(rest.slice(1, end));
  const names = list === '' ? [] : list.split(',').map(stripSpace);
  const extras = names.map((extra) => rethrow(text, () => normalizeName(extra)));
  return { extras: [...new Set(extras)], rest: rest.slice(end + 1).replace(/^[ \t]+/, '') };
}

function readUrl(rest: string, text: string): Pick<Requirement, 'url' | 'marker'> {
  const [, url, after] = /^[ \t]*(\S+)(?:[ \t]+|$)(.*)$/s.exec(rest) ?? [];
  if (!url) throw invalid(text, 'no URL without white space follows the "@"');
  if (after === '') return { url };
  if (!after!.startsWith(';')) throw invalid(text, 'only a marker after "; " can follow the URL');
  return { url, ...readMarker(after!.slice(1), text) };
}

function splitMarker(rest: string): { specifiers: string; marker: string | undefined } {
  const semicolon = rest.indexOf(';');
  if (semicolon < 0) return { specifiers: rest, marker: undefined };
  return { specifiers: rest.slice(0, semicolon), marker: rest.slice(semicolon + 1) };
}

function readSpecifiers(written: string, text: string): SpecifierSet {
  let list = stripSpace(written);
  if (list.startsWith('(')) {
    if (!list.endsWith(')')) throw invalid(text, 'the "(" before its version specifiers is not closed');
    list = stripSpace(list.slice(1, -1));
  }
  // The grammar allows any white space behind an operator, and only blanks and tabs elsewhere.
  if (/[()]|[^\S \t]/.test(list.replace(/([=<>])\s+/g, '$1')))
    throw invalid(text, `${quote(list)} is not a list of version specifiers`);
  const items = list.split(',').map((item) => item.trim());
  // One comma may end the list, none may begin it or stand twice.
  if (list !== '' && items.slice(0, Math.max(items.length - 1, 1)).includes('')) {
    throw invalid(text, 'a version specifier is missing beside a comma');
  }
  return rethrow(text, () => parseSpecifiers(list));
}

// Blanks and tabs are the white space of the grammar: a line end is refused.
function stripSpace(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && isSpace(text[start])) start += 1;
  while (start < end && isSpace(text[end - 1])) end -= 1;
  return text.slice(start, end);
}

function isSpace(character: string | undefined): boolean {
  return character === ' ' || character === '\t';
}

function readMarker(marker: string | undefined, text: string): Pick<Requirement, 'marker'> {
  return marker === undefined ? {} : { marker: rethrow(text, () => parseMarker(marker)) };
}

function rethrow<T>(text: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof PackagingError)) throw error;
    throw invalid(text, error.message.replace(/\.$/, ''), error);
  }
}

function invalid(text: string, reason: string, cause?: unknown): PackagingError {
  return new PackagingError('PACKAGING_INVALID_REQUIREMENT', `${quote(text)} is not a valid requirement: ${reason}.`, {
    hint: 'Write it as name, name[extra]>=1.2, or name @ URL; a marker follows "; ".',
    cause,
    data: { requirement: redactUrls(text.slice(0, 2000)) },
  });
}
