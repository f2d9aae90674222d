// Reads and formats `generation.json`: what a generation contains, which command made it and what was asked for. RECORD
// alone says which files belong to a distribution, so that changes by pip and uv cannot contradict this file.
import { PythonError } from '../python-error.ts';

/** The version of `generation.json` that is written. */
export const generationFormat = 1;

/** The name of the file in a generation's directory. */
export const generationFileName = 'generation.json';

/** The mark that a generation was once current; rollback goes only to a marked one. Empty. */
export const committedFileName = '.committed';

/** One distribution of a generation. */
export interface GenerationDistribution {
  /** Normalized name. */
  readonly name: string;
  /** Version as its metadata states it. */
  readonly version: string;
  /** SHA-256 of the wheel in hex; absent for a distribution that another program installed. */
  readonly sha256?: string | undefined;
  /** True when a user named it, false when another distribution required it. */
  readonly requested: boolean;
  /** The text of `direct_url.json`, in a shared generation, from which it can be made again. */
  readonly directUrl?: string | undefined;
}

/** What makes a generation one of the layout `shared`. */
export interface SharedReference {
  /** The cache tag of the Python that its byte-code is for: `cpython-311`. */
  readonly cacheTag: string;
  /** The magic number of that byte-code, in hex. */
  readonly magic: string;
  /** The shared generation that `lib` and the others lead into; absent while the environment is new and empty. */
  readonly dir?: string | undefined;
}

/** The content of `generation.json`. */
export interface Generation {
  /** Version of the format. */
  readonly format: number;
  /** Above every number that was ever committed in the environment. */
  readonly number: number;
  /** ISO 8601, UTC. */
  readonly created: string;
  /** The command that made it, for people. */
  readonly command: string;
  /** Its distributions. */
  readonly distributions: readonly GenerationDistribution[];
  /** Support files by path relative to site-packages, with their SHA-256 in hex. */
  readonly support: Readonly<Record<string, string>>;
  /** Files without an owner that were carried along, relative to the generation. */
  readonly kept: readonly string[];
  /** The generation whose repair this one completes; a rollback passes over that one. */
  readonly completes?: number | undefined;
  /** Absent in the layout `own`. */
  readonly shared?: SharedReference | undefined;
}

/** The text of `generation.json`; keys and distributions in a fixed order, so that equal generations have equal texts. */
export function formatGeneration(generation: Generation): string {
  const { format, number, created, command, distributions, support, kept, completes, shared } = generation;
  const sorted = [...distributions].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const supportSorted = Object.fromEntries(Object.entries(support).sort(([a], [b]) => (a < b ? -1 : 1)));
  const head = { format, number, created, command };
  const fields = { ...head, distributions: sorted, support: supportSorted, kept, completes, shared };
  return `${JSON.stringify(fields, null, 1)}\n`;
}

/**
 * Reads the text of the `generation.json` at `file`, which is named in errors.
 *
 * Throws ENVIRONMENT_DAMAGED where it is not one, ENVIRONMENT_NEWER_FORMAT where a newer version wrote it.
 */
export function parseGeneration(text: string, file: string): Generation {
  const value = parseObject(text, file);
  const format = value.format;
  if (typeof format === 'number' && format > generationFormat) {
    throw new PythonError(
      'ENVIRONMENT_NEWER_FORMAT',
      `${file} has the format ${format}; this version knows ${generationFormat}.`,
      {
        hint: 'Use the version of wheelwright that wrote it, or a newer one.',
        data: { path: file, expected: generationFormat, found: format },
      },
    );
  }
  const { number, created, command, distributions, support, kept, completes, shared } = value;
  if (
    format !== generationFormat ||
    !isCount(number) ||
    typeof created !== 'string' ||
    typeof command !== 'string' ||
    !Array.isArray(distributions) ||
    !distributions.every(isDistribution) ||
    !isTextRecord(support) ||
    !Array.isArray(kept) ||
    !kept.every((item) => typeof item === 'string') ||
    !(completes === undefined || isCount(completes)) ||
    !(shared === undefined || isSharedReference(shared))
  ) {
    throw damaged(file, 'a field is missing or of the wrong kind');
  }
  return {
    format,
    number,
    created,
    command,
    distributions,
    support,
    kept,
    ...(completes === undefined ? {} : { completes }),
    ...(shared === undefined ? {} : { shared }),
  };
}

function parseObject(text: string, file: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw damaged(file, 'it is not JSON', cause);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw damaged(file, 'it is not an object');
  return value as Record<string, unknown>;
}

function isDistribution(value: unknown): value is GenerationDistribution {
  if (typeof value !== 'object' || value === null) return false;
  const { name, version, sha256, requested, directUrl } = value as Record<string, unknown>;
  if (typeof name !== 'string' || typeof version !== 'string' || typeof requested !== 'boolean') return false;
  return [sha256, directUrl].every((text) => text === undefined || typeof text === 'string');
}

function isSharedReference(value: unknown): value is SharedReference {
  if (typeof value !== 'object' || value === null) return false;
  const { cacheTag, magic, dir } = value as Record<string, unknown>;
  if (typeof cacheTag !== 'string' || typeof magic !== 'string') return false;
  return dir === undefined || typeof dir === 'string';
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value > 0;
}

function isTextRecord(value: unknown): value is Record<string, string> {
  return typeof value === 'object' && value !== null && Object.values(value).every((item) => typeof item === 'string');
}

function damaged(file: string, what: string, cause?: unknown): PythonError {
  return new PythonError('ENVIRONMENT_DAMAGED', `${file} cannot be read: ${what}.`, {
    hint: 'A repair makes it again from what is installed.',
    cause,
    data: { path: file },
  });
}
