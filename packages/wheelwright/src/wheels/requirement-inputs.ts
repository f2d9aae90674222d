// What a user asked for, sorted by kind: names with specifiers, wheel files, source trees; from the command line and from
// requirements files alike.
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { isErrno } from '@wheelwright/errors';
import {
  type Marker,
  type NormalizedName,
  normalizeName,
  parseRequirement,
  parseRequirementsFile,
  type Requirement,
  type RequirementsLine,
} from '@wheelwright/packaging';
import { isUrl } from '../tool/settings.ts';
import { WheelwrightError } from '../tool/wheelwright-error.ts';

/** One thing asked for. `source` says where it was written, for messages; `name` what it has to be, in `name @ URL`. */
export type RequirementInput =
  | {
      readonly kind: 'requirement';
      readonly requirement: Requirement;
      readonly hashes: readonly string[];
      readonly source: string;
    }
  | {
      readonly kind: 'wheel';
      readonly path: string;
      readonly extras: readonly NormalizedName[];
      readonly marker?: Marker;
      readonly name?: NormalizedName;
      readonly source: string;
    }
  | {
      readonly kind: 'tree';
      readonly dir: string;
      readonly extras: readonly NormalizedName[];
      readonly marker?: Marker;
      readonly name?: NormalizedName;
      readonly source: string;
    }
  | {
      readonly kind: 'wheel-url';
      readonly url: string;
      readonly extras: readonly NormalizedName[];
      readonly marker?: Marker;
      readonly name?: NormalizedName;
      readonly source: string;
    };

/** An option that stands on a line of its own in a requirements file, by its long name. */
export interface FileOption {
  readonly name: string;
  readonly value: string;
  readonly baseDir: string;
}

/** Everything asked for, constraints apart, with the index options that requirements files brought. */
export interface RequirementInputs {
  readonly inputs: readonly RequirementInput[];
  readonly constraints: readonly Requirement[];
  /** Index options of requirements files, relative paths resolved beside the file. */
  readonly options: readonly FileOption[];
}

export interface ReadInputsOptions {
  readonly workingDir: string;
  readonly requirements?: readonly string[] | undefined;
  readonly requirementFiles?: readonly string[] | undefined;
  readonly constraintFiles?: readonly string[] | undefined;
  /** What `${NAME}` in a requirements file stands for. */
  readonly variables?: Readonly<Record<string, string | undefined>> | undefined;
}

/**
 * Reads requirements, and requirements and constraints files with all that they include.
 * @throws WheelwrightError WHEELWRIGHT_BAD_INPUT for a file that is missing or a line of a kind that is not supported.
 */
export function readRequirementInputs(options: ReadInputsOptions): RequirementInputs {
  const reader = new InputReader(options.variables ?? {});
  for (const text of options.requirements ?? []) reader.inputs.push(classify(text, options.workingDir, text));
  for (const file of options.requirementFiles ?? [])
    reader.readFile(path.resolve(options.workingDir, file), 'requirement');
  for (const file of options.constraintFiles ?? [])
    reader.readFile(path.resolve(options.workingDir, file), 'constraint');
  return reader;
}

class InputReader implements RequirementInputs {
  readonly inputs: RequirementInput[] = [];
  readonly constraints: Requirement[] = [];
  readonly options: FileOption[] = [];
  readonly #seen = new Set<string>();
  readonly #variables: Readonly<Record<string, string | undefined>>;

  constructor(variables: Readonly<Record<string, string | undefined>>) {
    this.#variables = variables;
  }

  readFile(file: string, role: 'requirement' | 'constraint'): void {
    if (this.#seen.has(`${role} ${file}`)) return;
    this.#seen.add(`${role} ${file}`);
    const dir = path.dirname(file);
    const variables = this.#variables;
    for (const line of parseRequirementsFile(readText(file), { path: file, variables })) {
      const source = `${file}:${line.line}`;
      if (line.kind === 'include') this.readFile(path.resolve(dir, line.value), role);
      else if (line.kind === 'constraint') this.readFile(path.resolve(dir, line.value), 'constraint');
      else if (line.kind === 'option') this.options.push({ name: line.option ?? '', value: line.value, baseDir: dir });
      else if (role === 'constraint') this.#addConstraint(line, source);
      else this.#addInput(line, dir, source);
    }
  }

  #addConstraint(line: RequirementsLine, source: string): void {
    if (line.requirement === undefined || line.requirement.url !== undefined)
      throw new WheelwrightError(
        'WHEELWRIGHT_BAD_INPUT',
        `${source} is not a name with specifiers, and a constraint has to be one.`,
      );
    this.constraints.push(line.requirement);
  }

  #addInput(line: RequirementsLine, dir: string, source: string): void {
    if (line.kind === 'editable')
      throw new WheelwrightError(
        'WHEELWRIGHT_BAD_INPUT',
        `${source} asks for an editable install, which is not supported yet.`,
      );
    if (line.requirement !== undefined) {
      this.inputs.push(fromRequirement(line.requirement, line.hashes ?? [], dir, source));
      return;
    }
    const extras = line.extras ?? [];
    const input = isUrl(line.value)
      ? fromUrl(line.value, extras, source)
      : fromPath(path.resolve(dir, line.value), extras, source);
    this.inputs.push(line.marker === undefined ? input : { ...input, marker: line.marker });
  }
}

/** `name[extra] @ URL`, which is no path although it has slashes. */
const directReference = /^\s*[A-Za-z0-9][\w.-]*\s*(?:\[[^\]]*\])?\s*@\s*[A-Za-z][A-Za-z0-9+.-]*:/;

function classify(text: string, baseDir: string, source: string): RequirementInput {
  if (directReference.test(text)) return fromRequirement(parseRequirement(text), [], baseDir, source);
  const { target, extras } = splitExtras(text);
  if (isUrl(target)) return fromUrl(target, extras, source);
  const file = path.resolve(baseDir, target);
  const looksLikePath = /^[.~/]|[\\/]/.test(target) || /\.(whl|tar\.gz|zip)$/.test(target);
  if (!looksLikePath) return fromRequirement(parseRequirement(text), [], baseDir, source);
  return fromPath(file, extras, source);
}

function fromRequirement(
  requirement: Requirement,
  hashes: readonly string[],
  baseDir: string,
  source: string,
): RequirementInput {
  const { url, extras, marker, normalizedName: name } = requirement;
  if (url === undefined) return { kind: 'requirement', requirement, hashes, source };
  const input =
    isUrl(url) || url.startsWith('file:')
      ? fromUrl(url, extras, source)
      : fromPath(path.resolve(baseDir, url), extras, source);
  return { ...input, name, ...(marker === undefined ? {} : { marker }) };
}

type GivenInput = Exclude<RequirementInput, { kind: 'requirement' }>;

function fromUrl(url: string, extras: readonly NormalizedName[], source: string): GivenInput {
  const { file, isWheel } = readUrl(url, source);
  if (file !== undefined) return fromPath(file, extras, source);
  if (isWheel) return { kind: 'wheel-url', url, extras, source };
  throw new WheelwrightError('WHEELWRIGHT_BAD_INPUT', `${source} is not the URL of a wheel.`, {
    hint: 'Only wheels can be installed from a URL so far.',
  });
}

/** The file that a `file:` URL names; of others whether they name a wheel. */
function readUrl(url: string, source: string): { file: string | undefined; isWheel: boolean } {
  try {
    const { protocol, pathname } = new URL(url);
    const file = protocol === 'file:' ? fileURLToPath(url.replace(/#.*$/, '')) : undefined;
    return { file, isWheel: /^https?:$/.test(protocol) && pathname.endsWith('.whl') };
  } catch (cause) {
    throw new WheelwrightError('WHEELWRIGHT_BAD_INPUT', `${source} is not a valid URL.`, { cause, data: { url } });
  }
}

function fromPath(file: string, extras: readonly NormalizedName[], source: string): GivenInput {
  if (!existsSync(file))
    throw new WheelwrightError('WHEELWRIGHT_BAD_INPUT', `${file} does not exist.`, { data: { path: file } });
  const stats = statSync(file);
  if (stats.isDirectory()) return { kind: 'tree', dir: file, extras, source };
  if (stats.isFile() && file.endsWith('.whl')) return { kind: 'wheel', path: file, extras, source };
  throw new WheelwrightError('WHEELWRIGHT_BAD_INPUT', `${file} is neither a wheel nor a directory.`, {
    hint: 'Build it first: ww build.',
    data: { path: file },
  });
}

function splitExtras(text: string): { target: string; extras: readonly NormalizedName[] } {
  const match = /^(.*[^\]\s])\[([A-Za-z0-9._,\s-]*)\]$/.exec(text);
  const looksLikePath = /[\\/]|\.whl/.test(match?.[1] ?? '');
  if (match === null || !looksLikePath) return { target: text, extras: [] };
  const names = (match[2] as string).split(',').map((name) => name.trim());
  return { target: match[1] as string, extras: names.filter((name) => name !== '').map((name) => normalizeName(name)) };
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    if (isErrno(cause, 'ENOENT', 'EISDIR', 'ENOTDIR'))
      throw new WheelwrightError('WHEELWRIGHT_BAD_INPUT', `The requirements file ${file} cannot be read.`, {
        cause,
        data: { path: file },
      });
    throw cause;
  }
}
