// Names of projects and extras: the rule of what is valid, and the one form in which two of them are compared
// (specification "Names and normalization").

import { PackagingError, quote } from './packaging-error.ts';

/** Marks normalized names for the compiler; no value has it. */
declare const brand: unique symbol;

/** A valid name in its normalized form: lower case ASCII letters and digits with single dashes between; safe as a file name. */
export type NormalizedName = string & {
  /** Only {@link normalizeName} makes such a value. */
  readonly [brand]: 'NormalizedName';
};

const validName = /^[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?$/i;
const separators = /[-_.]+/g;

/** Whether `text` is a valid name of a project or an extra. */
export function isValidName(text: string): boolean {
  return validName.test(text);
}

/** Spellings and their normal forms. A listing of files is compared with one name after another, so they come again. */
const known = new Map<string, NormalizedName>();
const mostKnown = 4_000;

/** The form of a valid name in which it is compared; throws `PACKAGING_INVALID_NAME` for any other text. */
export function normalizeName(text: string): NormalizedName {
  const before = known.get(text);
  if (before !== undefined) return before;
  const name = normalize(text);
  if (known.size >= mostKnown) known.clear();
  known.set(text, name);
  return name;
}

function normalize(text: string): NormalizedName {
  if (!isValidName(text)) {
    throw new PackagingError('PACKAGING_INVALID_NAME', `${quote(text)} is not a valid name.`, {
      hint: 'A name has ASCII letters, digits, and "-", "_" or "." between them.',
      data: { name: text },
    });
  }
  return text.replace(separators, '-').toLowerCase() as NormalizedName;
}

/** The same folding for a text that need not be a name, such as the value a marker compares `extra` with. */
export function foldName(text: string): string {
  return text.replace(separators, '-').toLowerCase();
}
