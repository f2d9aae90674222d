// Parses the user's requirements into two kinds: names with specifiers, and direct requirements (a path, a URL, a
// repository). They come from the command line and from requirements files.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { redactUrls } from '@wheelwright/errors';
import {
  formatRequirement,
  type Marker,
  type NormalizedName,
  normalizeName,
  PackagingError,
  parseRequirement,
  parseRequirementsFile,
  type Requirement,
  type RequirementsLine,
} from '@wheelwright/packaging';
import { isUrl } from '../tool/settings.ts';
import { WheelwrightError } from '../tool/wheelwright-error.ts';
import { type DirectLocation, locatePath, locateUrl } from './direct-location.ts';
import { refuseUnintended } from './intended-requirement.ts';
import { createFileReader, type FetchText } from './requirement-files.ts';
import { hashesInFragment, readHashOptions, type StatedHash } from './stated-hashes.ts';

/** A name with specifiers: the resolver chooses the version. */
export interface NamedInput {
  readonly kind: 'requirement';
  readonly requirement: Requirement;
  /** The artifact must have one of these hashes; empty if none is stated. */
  readonly hashes: readonly StatedHash[];
  /** Whether a hash was given as `--hash`. Then every other requirement needs one too. */
  readonly hasHashOption?: boolean | undefined;
  /** Config settings for the build backend, `key=value`. */
  readonly configSettings?: readonly string[] | undefined;
  /** Where it was written, for messages. */
  readonly source: string;
}

/** A path, a URL or a repository. It has one candidate, which states its own name. */
export interface DirectInput {
  readonly kind: 'direct';
  readonly location: DirectLocation;
  /** The name that it must have, from `name @ URL` or `#egg=name`. */
  readonly name?: NormalizedName | undefined;
  readonly extras: readonly NormalizedName[];
  readonly marker?: Marker | undefined;
  /** Hashes from `--hash` and from the URL. */
  readonly hashes: readonly StatedHash[];
  readonly hasHashOption?: boolean | undefined;
  readonly editable: boolean;
  readonly configSettings?: readonly string[] | undefined;
  readonly source: string;
}

/** One requirement of a request. */
export type RequirementInput = NamedInput | DirectInput;

/** A line of a constraints file. It installs nothing and limits the choice; one with a URL also names the source. */
export interface Constraint {
  readonly requirement: Requirement;
  readonly hashes: readonly StatedHash[];
  readonly hasHashOption?: boolean | undefined;
  /** For `name @ URL`. */
  readonly direct?: DirectInput | undefined;
  readonly source: string;
}

/** An option on a line of its own in a requirements file, by its long name. */
export interface FileOption {
  readonly name: string;
  readonly value: string;
  /** The directory or the URL of the file, the base of relative paths. */
  readonly base: string;
  readonly source: string;
}

/** All requirements and options, in the given order. */
export interface RequirementInputs {
  readonly inputs: readonly RequirementInput[];
  readonly constraints: readonly Constraint[];
  readonly options: readonly FileOption[];
}

/** Arguments of {@link readRequirementInputs}. Files are paths, URLs, or `-` for standard input. */
export interface ReadInputsOptions {
  readonly workingDir: string;
  readonly requirements?: readonly string[] | undefined;
  /** Directories or `name @ URL`, each installed editable. */
  readonly editables?: readonly string[] | undefined;
  readonly requirementFiles?: readonly string[] | undefined;
  readonly constraintFiles?: readonly string[] | undefined;
  /** The values of `${NAME}` in a requirements file. */
  readonly variables?: Readonly<Record<string, string | undefined>> | undefined;
  /** Fetches a file by URL. Without it, URLs of files are refused. */
  readonly fetchText?: FetchText | undefined;
  /** Called with each file before it is read: an absolute path, a URL, or `-`. */
  readonly onRead?: ((location: string) => void) | undefined;
}

/**
 * Reads requirements, requirements files and constraints files, with all files that these include.
 * @throws WheelwrightError WHEELWRIGHT_BAD_INPUT for a missing file or an unusable line,
 * WHEELWRIGHT_USAGE for an argument that is not a requirement; PackagingError for a line that does not parse.
 */
export async function readRequirementInputs(options: ReadInputsOptions): Promise<RequirementInputs> {
  const { workingDir, requirements = [], editables = [], requirementFiles = [], constraintFiles = [] } = options;
  refuseUnintended(requirements, workingDir);
  const reader = new InputReader(options);
  for (const text of requirements) reader.addArgument(text);
  for (const text of editables) reader.addArgument(text, { editable: true });
  for (const file of requirementFiles) await reader.readFile(file, workingDir, 'requirement');
  for (const file of constraintFiles) await reader.readFile(file, workingDir, 'constraint');
  return reader;
}

class InputReader implements RequirementInputs {
  readonly inputs: RequirementInput[] = [];
  readonly constraints: Constraint[] = [];
  readonly options: FileOption[] = [];
  readonly #seen = new Set<string>();
  readonly #workingDir: string;
  readonly #variables: Readonly<Record<string, string | undefined>>;
  readonly #read: ReturnType<typeof createFileReader>;

  constructor({ workingDir, variables = {}, fetchText, onRead }: ReadInputsOptions) {
    this.#workingDir = workingDir;
    this.#variables = variables;
    this.#read = createFileReader(fetchText, onRead);
  }

  addArgument(text: string, { editable = false } = {}): void {
    const place = { base: this.#workingDir, source: redactUrls(text) };
    const [line] = parseArgument(editable ? `-e ${text}` : text);
    if (line?.kind === 'editable' || line?.kind === 'requirement' || line?.kind === 'path' || line?.kind === 'url')
      this.inputs.push(toInput(line, place));
    else
      throw new WheelwrightError('WHEELWRIGHT_USAGE', `${JSON.stringify(place.source)} is not a requirement.`, {
        hint: 'Name a package, a wheel, an sdist, a directory or a URL.',
      });
  }

  async readFile(file: string, base: string, role: 'requirement' | 'constraint'): Promise<void> {
    const { location, text, base: ownBase } = await this.#read(file, base);
    if (this.#seen.has(`${role} ${location}`)) return;
    this.#seen.add(`${role} ${location}`);
    const name = redactUrls(location);
    for (const line of parseRequirementsFile(text, { path: name, variables: this.#variables })) {
      const source = `${name}:${line.line}`;
      if (line.kind === 'include') await this.readFile(line.value, ownBase, role);
      else if (line.kind === 'constraint') await this.readFile(line.value, ownBase, 'constraint');
      else if (line.kind === 'option')
        this.options.push({ name: line.option ?? '', value: line.value, base: ownBase, source });
      else if (role === 'constraint') this.constraints.push(toConstraint(line, this.#placeIn(ownBase, source)));
      else this.inputs.push(toInput(line, this.#placeIn(ownBase, source)));
    }
  }

  // A path is relative to its file, else to the working directory, which is where pip and uv look.
  #placeIn(base: string, source: string): Place {
    return { base, otherBase: this.#workingDir, source };
  }
}

/** Parses `text` as a line of a requirements file. Errors name the command line instead of a file. */
function parseArgument(text: string): RequirementsLine[] {
  try {
    return parseRequirementsFile(text, { path: 'the command line' });
  } catch (error) {
    throw error instanceof PackagingError && error.cause instanceof PackagingError ? error.cause : error;
  }
}

/** Converts a requirement with a URL, as in `Requires-Dist`, to a direct input. Throws WHEELWRIGHT_BAD_INPUT. */
export function directInputOf(requirement: Requirement, base: string): DirectInput {
  const source = redactUrls(formatRequirement(requirement));
  return toInput({ kind: 'requirement', value: '', path: '', line: 0, requirement }, { base, source }) as DirectInput;
}

interface Place {
  readonly base: string;
  /** The base of a relative path that does not exist at `base`. */
  readonly otherBase?: string | undefined;
  readonly source: string;
}

function toConstraint(line: RequirementsLine, place: Place): Constraint {
  const { source } = place;
  const hashes = readHashOptions(line.hashes ?? [], source);
  const { requirement } = line;
  if (requirement !== undefined && requirement.extras.length === 0) {
    const direct = requirement.url === undefined ? undefined : (toInput(line, place) as DirectInput);
    return {
      requirement,
      hashes: direct?.hashes ?? hashes,
      hasHashOption: hashes.length > 0,
      source,
      ...(direct === undefined ? {} : { direct }),
    };
  }
  throw new WheelwrightError(
    'WHEELWRIGHT_BAD_INPUT',
    `${source} is not a valid constraint: it is neither a name with specifiers nor a name with a URL.`,
    { hint: 'Write name<2 or name @ URL, without extras.' },
  );
}

function toInput(line: RequirementsLine, place: Place): RequirementInput {
  const { source } = place;
  const hashes = readHashOptions(line.hashes ?? [], source);
  const own = {
    hashes,
    hasHashOption: hashes.length > 0,
    source,
    ...(line.configSettings === undefined ? {} : { configSettings: line.configSettings }),
  };
  const editable = line.kind === 'editable';
  const requirement = line.requirement ?? (editable ? namedUrl(line.value) : undefined);
  if (requirement !== undefined && requirement.url === undefined) return { kind: 'requirement', requirement, ...own };
  const target = requirement?.url ?? line.value;
  const location = locate(target, place);
  if (editable && location.kind !== 'directory') throw notEditable(line.value, source, location.kind === 'repository');
  const name = requirement?.normalizedName ?? eggName(target);
  const marker = requirement?.marker ?? line.marker;
  return {
    kind: 'direct',
    location,
    ...(name === undefined ? {} : { name }),
    extras: [...new Set([...(requirement?.extras ?? []), ...(line.extras ?? [])])],
    ...(marker === undefined ? {} : { marker }),
    editable,
    ...own,
    hashes: location.kind === 'repository' ? hashes : bothHashes(hashes, hashesInFragment(target), source),
  };
}

/** Intersects two lists of hashes: an artifact must satisfy both. */
function bothHashes(one: readonly StatedHash[], other: readonly StatedHash[], source: string): readonly StatedHash[] {
  if (one.length === 0 || other.length === 0) return [...one, ...other];
  const both = one.filter((hash) => other.includes(hash));
  if (both.length > 0) return both;
  throw new WheelwrightError('WHEELWRIGHT_BAD_INPUT', `${source} states one hash in its URL and another beside it.`, {
    hint: 'State the same hash in both, or only one.',
  });
}

// `file:x` and `file:./x` name a relative path, as in pip and uv; `file:/x` names an absolute one.
function locate(target: string, { base, otherBase, source }: Place): DirectLocation {
  if (isUrl(target) || /^file:\//i.test(target)) return locateUrl(target, source);
  if (isUrl(base)) return locateUrl(new URL(target, base).href, source);
  const relative = target.replace(/^file:/i, '');
  const found = path.resolve(base, relative);
  const other = otherBase === undefined ? found : path.resolve(otherBase, relative);
  return locatePath(!existsSync(found) && existsSync(other) ? other : found, source);
}

/** Recognises `name @ URL`, also where only a path or URL is expected. */
function namedUrl(text: string): Requirement | undefined {
  return /^[A-Za-z0-9][\w.-]*\s*(?:\[[^\]]*\])?\s*@\s/.test(text) ? parseRequirement(text) : undefined;
}

/** Recognises `#egg=name`, pip's older form of `name @ URL`. */
function eggName(target: string): NormalizedName | undefined {
  const egg = /#(?:.*&)?egg=([A-Za-z0-9][A-Za-z0-9._-]*)/.exec(target)?.[1];
  return egg === undefined ? undefined : normalizeName(egg);
}

function notEditable(value: string, source: string, isRepository: boolean): WheelwrightError {
  const shown = redactUrls(value);
  const where = source === shown ? '' : `${source}: `;
  const message = `${where}${shown} is not a directory, so it cannot be editable.`;
  return new WheelwrightError('WHEELWRIGHT_BAD_INPUT', message, {
    hint: isRepository ? 'Clone the repository and write -e with its directory, or leave -e out.' : 'Leave -e out.',
  });
}
