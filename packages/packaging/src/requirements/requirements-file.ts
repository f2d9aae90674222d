// Requirements files in pip's format: requirements, paths, URLs and the options that may stand among them, one or more to
// a line. Nothing is opened here: a line that includes another file says so, and the caller reads that one.

import { redactUrls } from '@wheelwright/errors';
import { type Marker, parseMarker } from '../markers/marker.ts';
import { type NormalizedName, normalizeName } from '../name.ts';
import { PackagingError, quote } from '../packaging-error.ts';
import { parseRequirement, type Requirement } from './requirement.ts';
import { type LogicalLine, logicalLines, splitWords } from './requirements-lines.ts';
import { type ParsedOption, parseOptions } from './requirements-options.ts';

/** One requirement, inclusion or option of a requirements file. A line with several options gives several. */
export interface RequirementsLine {
  /** `include` is `-r`, `constraint` is `-c`, `editable` is `-e`; `option` is any other that stands on its own. */
  readonly kind: 'requirement' | 'path' | 'url' | 'editable' | 'include' | 'constraint' | 'option';
  /** The requirement, path, URL or value of the option as written; empty for an option without one. */
  readonly value: string;
  /** The file and the line it begins on, counted from 1. */
  readonly path: string;
  /** The line in the file, counted from 1. */
  readonly line: number;
  /** For `requirement`. */
  readonly requirement?: Requirement | undefined;
  /** What `path[extra]; marker` asks for; for `path`, `url` and `editable`. */
  readonly extras?: readonly NormalizedName[] | undefined;
  /** For which environments the line is, where a path or a URL states it. */
  readonly marker?: Marker | undefined;
  /** Each as `sha256:…`; any one of them may match. */
  readonly hashes?: readonly string[] | undefined;
  /** Each as `key=value`, for the build backend. */
  readonly configSettings?: readonly string[] | undefined;
  /** The long name of an `option`, such as `--index-url`. */
  readonly option?: string | undefined;
}

/** Where the text is from, and the values for its variables. */
export interface ParseRequirementsFileOptions {
  /** The file the text comes from, for messages and for {@link RequirementsLine.path}. */
  readonly path: string;
  /** The values of `${NAME}`; a name that is not among them stays as it is written. Nothing is replaced by default. */
  readonly variables?: Readonly<Record<string, string | undefined>> | undefined;
}

/** The lines of a requirements file in order; throws `PACKAGING_INVALID_REQUIREMENTS_FILE` with path and line. */
export function parseRequirementsFile(text: string, options: ParseRequirementsFileOptions): RequirementsLine[] {
  const { path, variables = {} } = options;
  return logicalLines(text, variables).flatMap((line) => {
    try {
      return parseLine(line, path);
    } catch (error) {
      if (!(error instanceof PackagingError)) throw error;
      throw locate(error, path, line.number);
    }
  });
}

type Place = Pick<RequirementsLine, 'path' | 'line'>;

function parseLine({ text, number }: LogicalLine, path: string): RequirementsLine[] {
  const place = { path, line: number };
  const { subject, rest } = splitSubject(text);
  const options = parseOptions(splitWords(rest));
  if (subject !== '') return [withOwnOptions(parseSubject(subject, place), options)];
  const editable = options.find((option) => option.name === '--editable');
  if (editable) {
    const own = options.filter((option) => option !== editable);
    return [withOwnOptions({ ...parsePlace(editable.value, place), kind: 'editable' }, own)];
  }
  return options.map((option) => toLine(option, place));
}

// Only the options are split as a shell would: a marker's quotation marks must stay.
function splitSubject(text: string): { subject: string; rest: string } {
  const start = /(?:^|[ \t])-/.exec(text);
  if (!start) return { subject: text, rest: '' };
  return { subject: text.slice(0, start.index).trim(), rest: text.slice(start.index).trim() };
}

function toLine({ name, value }: ParsedOption, place: Place): RequirementsLine {
  if (name === '--requirement') return { kind: 'include', value, ...place };
  if (name === '--constraint') return { kind: 'constraint', value, ...place };
  if (isOwnOption(name)) throw invalid(`${name} follows a requirement, and none is on this line`);
  return { kind: 'option', option: name, value, ...place };
}

function withOwnOptions(line: RequirementsLine, options: readonly ParsedOption[]): RequirementsLine {
  const stray = options.find(({ name }) => !isOwnOption(name));
  if (stray) throw invalid(`${stray.name} stands on a line of its own, not after a requirement`);
  const valuesOf = (wanted: string) => options.filter(({ name }) => name === wanted).map(({ value }) => value);
  const hashes = valuesOf('--hash');
  for (const hash of hashes)
    if (!/^[a-z0-9_]+:[0-9a-fA-F]+$/.test(hash)) throw invalid(`${quote(hash)} is not algorithm:digest`);
  const configSettings = valuesOf('--config-settings');
  return { ...line, ...(hashes.length > 0 && { hashes }), ...(configSettings.length > 0 && { configSettings }) };
}

function isOwnOption(name: string): boolean {
  return name === '--hash' || name === '--config-settings' || name === '--global-option';
}

const scheme = /^(?:[a-z][a-z0-9+.-]*:\/\/|file:)/i;
const named = /^[A-Za-z0-9][A-Za-z0-9._-]*[ \t]*(?:\[[^\]]*\][ \t]*)?@/;
const archive = /\.(?:whl|zip|tar\.gz|tgz|tar\.bz2|tar\.xz)$/i;

function parseSubject(text: string, place: Place): RequirementsLine {
  if (!named.test(text) && (scheme.test(text) || looksLikePath(text))) return parsePlace(text, place);
  return { kind: 'requirement', value: text, requirement: parseRequirement(text), ...place };
}

// What comes before a marker and extras; only a path has a slash, begins with a dot or ends like a file.
function looksLikePath(text: string): boolean {
  const [subject] = text.split(';') as [string];
  const path = stripExtras(subject.trim()).path;
  return /[/\\]/.test(path) || path.startsWith('.') || archive.test(path);
}

function parsePlace(text: string, place: Place): RequirementsLine {
  const isUrl = scheme.test(text);
  // A URL may hold a semicolon; its marker is set off by a space.
  const separator = isUrl ? /[ \t];|;[ \t]/.exec(text)?.index : text.indexOf(';');
  const cut = separator === undefined || separator < 0 ? text.length : separator;
  const { path, extras } = stripExtras(text.slice(0, cut).trim());
  const marker = text.slice(cut).replace(/^[ \t]*;/, '');
  if (path === '') throw invalid('a path or a URL is missing');
  return {
    kind: isUrl ? 'url' : 'path',
    value: path,
    ...(extras.length > 0 && { extras }),
    ...(marker !== '' && { marker: parseMarker(marker) }),
    ...place,
  };
}

function stripExtras(text: string): { path: string; extras: readonly NormalizedName[] } {
  const open = text.endsWith(']') ? text.lastIndexOf('[') : -1;
  const names =
    open < 0
      ? []
      : text
          .slice(open + 1, -1)
          .split(',')
          .map((name) => name.trim());
  if (open < 0 || !names.every((name) => /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name))) return { path: text, extras: [] };
  return { path: text.slice(0, open).trim(), extras: [...new Set(names.map(normalizeName))] };
}

function locate(error: PackagingError, path: string, line: number): PackagingError {
  const message = `${path}, line ${line}: ${redactUrls(error.message)}`;
  return new PackagingError('PACKAGING_INVALID_REQUIREMENTS_FILE', message, {
    hint: error.hint,
    cause: error,
    data: { path, line },
  });
}

function invalid(reason: string): PackagingError {
  return new PackagingError('PACKAGING_INVALID_REQUIREMENTS_FILE', `${reason}.`);
}
