// Entry points: the file `entry_points.txt`, from which scripts are made (specification "Entry points"). Only the groups
// of scripts are held to the grammar in full, since only from them does an installer make files and code.

import { PackagingError, quote } from '../packaging-error.ts';

/** One entry point: an object that a distribution offers under a name. */
export interface EntryPoint {
  /** The section: `console_scripts`, or one that a program defines. */
  readonly group: string;
  /** What stands before the `=`; {@link scriptFileName} gives the file of a script. */
  readonly name: string;
  /** As written after the `=`. */
  readonly value: string;
  /** Empty if the value, in a group other than the scripts', is not an object reference. */
  readonly module: string;
  /** What is called, such as `main` or `Class.method`; empty where the value has none. */
  readonly attribute: string;
  /** The extras in brackets, as written; deprecated by the specification. */
  readonly extras: readonly string[];
}

const scriptGroups: readonly string[] = ['console_scripts', 'gui_scripts'];
const identifier = /^[\p{ID_Start}_][\p{ID_Continue}]*$/u;

/** The entry points in the order of the file; throws `PACKAGING_INVALID_ENTRY_POINT` with the line. */
export function parseEntryPoints(text: string): EntryPoint[] {
  const entries: EntryPoint[] = [];
  const known = new Map<string, string>();
  let group: string | undefined;
  for (const [index, raw] of text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\n|\r/)
    .entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#') || line.startsWith(';')) continue;
    if (line.startsWith('[') && line.endsWith(']')) {
      group = line.slice(1, -1).trim();
      continue;
    }
    const equals = line.indexOf('=');
    if (group === undefined) throw invalid(index, line, 'it belongs to no group');
    if (equals <= 0) throw invalid(index, line, 'it does not read name = value');
    const entry = { group, ...parseEntry(line, equals, group, index) };
    const key = `${group}\n${entry.name}`;
    if (known.has(key) && known.get(key) !== entry.value) throw invalid(index, line, 'its group has that name already');
    if (!known.has(key)) entries.push(entry);
    known.set(key, entry.value);
  }
  return entries;
}

function parseEntry(line: string, equals: number, group: string, index: number): Omit<EntryPoint, 'group'> {
  const name = line.slice(0, equals).trim();
  const value = line.slice(equals + 1).trim();
  const reference = parseReference(value);
  if (scriptGroups.includes(group)) {
    if (scriptFileName(name) === undefined)
      throw invalid(index, line, `${quote(name)} cannot be the file name of a script`);
    if (!reference) throw invalid(index, line, `${quote(value)} does not read module:attribute`);
    if (reference.attribute === '')
      throw invalid(index, line, 'a script needs an attribute to call, as in module:main');
  }
  return { name, value, ...(reference ?? { module: '', attribute: '', extras: [] }) };
}

function parseReference(value: string): Pick<EntryPoint, 'module' | 'attribute' | 'extras'> | undefined {
  const bracket = value.indexOf('[');
  const reference = (bracket < 0 ? value : value.slice(0, bracket)).trim();
  const extras = bracket < 0 ? '' : value.slice(bracket + 1);
  if (bracket >= 0 && !extras.endsWith(']')) return undefined;
  const [module, attribute, ...more] = reference.split(':').map((part) => part.trim()) as [
    string,
    string?,
    ...string[],
  ];
  if (more.length > 0 || !isDotted(module) || (attribute !== undefined && !isDotted(attribute))) return undefined;
  return {
    module,
    attribute: attribute ?? '',
    extras: extras
      .slice(0, -1)
      .split(',')
      .map((extra) => extra.trim())
      .filter(Boolean),
  };
}

function isDotted(text: string): boolean {
  return text.split('.').every((part) => identifier.test(part));
}

/**
 * The file, in the directory of scripts, of the script entry point `name`: `x` for `x`, `./x` and `a/../x`, which
 * installers take. Undefined for a name that leads out of that directory or below it.
 */
export function scriptFileName(name: string): string | undefined {
  const parts: string[] = [];
  for (const part of name.split('/')) {
    if (part === '..' && parts.pop() === undefined) return undefined;
    if (part !== '' && part !== '.' && part !== '..') parts.push(part);
  }
  const [file] = parts;
  return parts.length !== 1 || /^\/|\/\.{0,2}$|\0/.test(name) ? undefined : file;
}

function invalid(index: number, line: string, reason: string): PackagingError {
  return new PackagingError(
    'PACKAGING_INVALID_ENTRY_POINT',
    `The entry point ${quote(line)} (line ${index + 1}) is not valid: ${reason}.`,
    { data: { line: index + 1, text: line } },
  );
}
