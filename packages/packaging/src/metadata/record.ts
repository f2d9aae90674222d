// RECORD: the list of an installed distribution's or a wheel's files with their hashes and sizes, a CSV file of three
// columns (specification "Recording installed projects").

import { PackagingError, quote } from '../packaging-error.ts';

/** One row of RECORD: a file of the distribution (specification "Recording installed projects"). */
export interface RecordEntry {
  /** Relative to the directory that holds `.dist-info`, with `/`; may be absolute in an environment. Not judged here. */
  readonly path: string;
  /** The digest is in URL-safe base64 without padding. */
  readonly hash?: { readonly algorithm: string; readonly digest: string } | undefined;
  /** The size in bytes; undefined where the row states none. */
  readonly size?: number | undefined;
  /** The row has more than three columns. What the further ones hold is passed over. */
  readonly isLong?: true;
}

/** The entries in the order of the file; throws `PACKAGING_INVALID_RECORD` with the line. */
export function parseRecord(text: string): RecordEntry[] {
  return parsePlainRows(text) ?? parseRows(text);
}

/**
 * The entries of a text with plain rows alone, as nearly all tools write them: no quotation mark, one kind of line end, a
 * sha256 or no hash. Undefined for any other text, which {@link parseRows} reads in three times the time.
 */
function parsePlainRows(text: string): RecordEntry[] | undefined {
  if (/["\r\uFEFF]/.test(text)) return undefined;
  const entries: RecordEntry[] = [];
  for (let at = 0; at < text.length; ) {
    const found = text.indexOf('\n', at);
    const end = found < 0 ? text.length : found;
    if (end > at) {
      const entry = parsePlainRow(text, at, end);
      if (entry === undefined) return undefined;
      entries.push(entry);
    }
    at = end + 1;
  }
  return entries;
}

const hashStart = 'sha256=';

function parsePlainRow(text: string, start: number, end: number): RecordEntry | undefined {
  const comma = text.indexOf(',', start);
  const second = comma < 0 ? -1 : text.indexOf(',', comma + 1);
  if (comma <= start || second < 0 || second >= end) return undefined;
  const path = text.slice(start, comma);
  const sizeText = text.slice(second + 1, end);
  // A further column is not a number either.
  if (sizeText !== '' && !/^[0-9]{1,15}$/.test(sizeText)) return undefined;
  if (second === comma + 1) return sizeText === '' ? { path } : { path, size: Number(sizeText) };
  const digest = text.slice(comma + 1 + hashStart.length, second);
  if (!text.startsWith(hashStart, comma + 1) || !/^[A-Za-z0-9_-]+$/.test(digest)) return undefined;
  const hash = { algorithm: 'sha256', digest };
  return sizeText === '' ? { path, hash } : { path, hash, size: Number(sizeText) };
}

function parseRows(text: string): RecordEntry[] {
  return readRows(text).map(({ line, columns }) => {
    if (columns.length < 3) throw invalid(line, `it has ${columns.length} columns instead of three`);
    const [path, hash, size] = columns as [string, string, string];
    if (path === '') throw invalid(line, 'its path is empty');
    const isLong = columns.length > 3 ? ({ isLong: true } as const) : {};
    return { path, ...parseHash(hash, line), ...parseSize(size, line), ...isLong };
  });
}

/** The entries as a file, sorted by path so that equal sets give equal bytes. */
export function formatRecord(entries: readonly RecordEntry[]): string {
  const sorted = [...entries].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  return sorted.map((entry) => `${cell(entry.path)},${formatHash(entry)},${entry.size ?? ''}\n`).join('');
}

/**
 * `text`, which {@link formatRecord} made, without the rows for `paths` and with `entries`: the bytes that formatting
 * all of it again would give. Of thousands of rows only those beside the new ones are looked at.
 */
export function changeRecord(text: string, paths: readonly string[], entries: readonly RecordEntry[]): string {
  const gone = new Set([...paths, ...entries.map(({ path }) => path)]);
  if (text.includes('"')) {
    return formatRecord([...parseRecord(text).filter(({ path }) => !gone.has(path)), ...entries]);
  }
  const rows = text.split('\n');
  rows.pop();
  for (const path of gone) {
    const at = positionOf(path, rows);
    if (rows[at]?.startsWith(`${path},`)) rows.splice(at, 1);
  }
  for (const entry of entries) rows.splice(positionOf(entry.path, rows), 0, formatRecord([entry]).slice(0, -1));
  return rows.map((row) => `${row}\n`).join('');
}

/** Where in the sorted rows that of `path` is or would be. */
function positionOf(path: string, rows: readonly string[]): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const row = rows[middle]!;
    if (pathIn(row) < path) low = middle + 1;
    else high = middle;
  }
  return low;
}

function pathIn(row: string): string {
  return row.startsWith('"') ? parseRecord(row)[0]!.path : row.slice(0, row.indexOf(','));
}

function parseHash(text: string, line: number): Pick<RecordEntry, 'hash'> {
  if (text === '') return {};
  const equals = text.indexOf('=');
  const algorithm = text.slice(0, Math.max(equals, 0)).toLowerCase();
  const digest = text.slice(equals + 1).replace(/={1,2}$/, '');
  if (!/^[a-z0-9_-]+$/.test(algorithm) || !/^[A-Za-z0-9_-]+$/.test(digest)) {
    throw invalid(line, `${quote(text)} is not a hash`);
  }
  return { hash: { algorithm, digest } };
}

function parseSize(text: string, line: number): Pick<RecordEntry, 'size'> {
  if (text === '') return {};
  const size = Number(text);
  if (!/^[0-9]+$/.test(text) || !Number.isSafeInteger(size)) throw invalid(line, `${quote(text)} is not a size`);
  return { size };
}

function formatHash({ hash }: RecordEntry): string {
  return hash ? `${hash.algorithm}=${hash.digest}` : ''; // neither has a character that CSV would have to quote
}

function cell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

interface Row {
  readonly line: number;
  readonly columns: readonly string[];
}

// Rows as Python's csv module writes them: cells in quotes where needed, quotes doubled, and line ends allowed in them.
function readRows(text: string): Row[] {
  const rows: Row[] = [];
  let columns: string[] = [];
  let [line, start] = [1, 1];
  for (let position = text.startsWith('\uFEFF') ? 1 : 0; position < text.length; ) {
    const cell = text[position] === '"' ? readQuoted(text, position, line) : readPlain(text, position);
    columns.push(cell.text);
    line += cell.lines;
    position = cell.end;
    if (text[position] === ',') {
      position += 1;
      // A comma at the very end still opens a cell.
      if (position < text.length) continue;
      columns.push('');
    }
    if (columns.length > 1 || columns[0] !== '') rows.push({ line: start, columns });
    position += text.startsWith('\r\n', position) ? 2 : 1;
    line += 1;
    start = line;
    columns = [];
  }
  return rows;
}

interface Cell {
  readonly text: string;
  /** Where the cell and its quotation marks are over. */
  readonly end: number;
  /** How many line ends it holds. */
  readonly lines: number;
}

function readPlain(text: string, start: number): Cell {
  const stop = /[,\r\n]/g;
  stop.lastIndex = start;
  const end = stop.exec(text)?.index ?? text.length;
  return { text: text.slice(start, end), end, lines: 0 };
}

function readQuoted(text: string, start: number, line: number): Cell {
  let end = text.indexOf('"', start + 1);
  while (end >= 0 && text[end + 1] === '"') end = text.indexOf('"', end + 2);
  if (end < 0) throw invalid(line, 'a quotation mark is not closed');
  const after = text[end + 1];
  if (after !== undefined && !/[,\r\n]/.test(after)) throw invalid(line, 'something follows a closing quotation mark');
  const content = text.slice(start + 1, end).replaceAll('""', '"');
  return { text: content, end: end + 1, lines: lineEnds(content) };
}

function lineEnds(text: string): number {
  return text.split(/\r\n|\n|\r/).length - 1;
}

function invalid(line: number, reason: string): PackagingError {
  return new PackagingError('PACKAGING_INVALID_RECORD', `Line ${line} of RECORD is not valid: ${reason}.`, {
    data: { line },
  });
}
