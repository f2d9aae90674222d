// pyproject.toml as values, with every fault put on its line and column.
import { readFileSync } from 'node:fs';
import { isErrno } from '@wheelwright/errors';
import { parse, TomlError } from 'smol-toml';
import { Pep517Error } from '../pep517-error.ts';

/** A TOML table as it was written. */
export type TomlValues = Readonly<Record<string, unknown>>;

/** What `pyproject.toml` says; `fault` makes an error that points into it. */
export interface PyprojectFile {
  readonly path: string;
  readonly values: TomlValues;
  fault(message: string, place: FaultPlace): Pep517Error;
}

export interface FaultPlace {
  /** The table where the fault lies, `''` for the top level. */
  readonly table: string;
  readonly key?: string | undefined;
  readonly hint?: string | undefined;
}

/** Reads the file; undefined where there is none. Codes: PEP517_BAD_PYPROJECT. */
export function readPyprojectFile(filePath: string): PyprojectFile | undefined {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(filePath);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw new Pep517Error('PEP517_BAD_PYPROJECT', `${filePath} cannot be read: ${(error as Error).message}.`, {
      cause: error,
      data: { path: filePath },
    });
  }
  const text = decode(filePath, bytes);
  const values = parseToml(filePath, text);
  return {
    path: filePath,
    values,
    fault(message, place) {
      return badPyproject(filePath, message, locate(text, place), { hint: place.hint });
    },
  };
}

/** The values of a TOML file; undefined where there is none. Codes: PEP517_BAD_PYPROJECT, whatever the file is called. */
export function readTomlFile(filePath: string): TomlValues | undefined {
  return readPyprojectFile(filePath)?.values;
}

/** Whether a TOML value is a table. */
export function isTable(value: unknown): value is TomlValues {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

function decode(filePath: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes).replace(/^\uFEFF/, '');
  } catch (error) {
    const valid = new TextDecoder('utf-8').decode(bytes).split('\uFFFD', 1)[0] ?? '';
    throw badPyproject(filePath, 'it is not valid UTF-8', positionAt(valid, valid.length), { cause: error });
  }
}

function parseToml(filePath: string, text: string): TomlValues {
  try {
    return parse(text, { integersAsBigInt: 'asNeeded' });
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const reason = error.message
      .split('\n', 1)[0]!
      .replace(/^Invalid TOML document: /, '')
      .replace(/\.$/, '');
    throw badPyproject(filePath, reason, error, { cause: error });
  }
}

interface Position {
  readonly line: number;
  readonly column: number;
}

function badPyproject(
  filePath: string,
  reason: string,
  { line, column }: Position,
  options: { hint?: string | undefined; cause?: unknown },
): Pep517Error {
  return new Pep517Error('PEP517_BAD_PYPROJECT', `${filePath}:${line}:${column}: ${reason}.`, {
    ...options,
    data: { path: filePath, line, column },
  });
}

function positionAt(text: string, offset: number): Position {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: before.at(-1)!.length + 1 };
}

/** The line that opens the table or sets the key; a parsed document needs no more than a look at the starts of lines. */
function locate(text: string, { table, key }: FaultPlace): Position {
  let current = '';
  let found: Position = { line: 1, column: 1 };
  for (const [index, line] of text.split('\n').entries()) {
    const header = /^\s*\[\[?\s*([^\]]+?)\s*\]/.exec(line);
    const name = /^(\s*)["']?([A-Za-z0-9_-]+)["']?\s*[.=]/.exec(line);
    if (header !== null) current = header[1]!.replace(/["']/g, '');
    const opens =
      header !== null ? current === table || current.startsWith(`${table}.`) : current === '' && name?.[2] === table;
    if (table !== '' && opens && found.line === 1) found = { line: index + 1, column: line.search(/\S/) + 1 };
    if (key === undefined) {
      if (opens) return found;
    } else if (
      header !== null ? table === '' && current.split('.')[0] === key : current === table && name?.[2] === key
    ) {
      return { line: index + 1, column: line.search(/\S/) + 1 };
    }
  }
  return found;
}
