// Merges the options in requirements files with those of the command line, as pip does: an index in a file replaces the
// configured one, the other options add up.
import path from 'node:path';
import { normalizeName } from '@wheelwright/packaging';
import type { VersionOrder } from '@wheelwright/resolver';
import { type IndexSettings, isUrl } from '../tool/settings.ts';
import { WheelwrightError } from '../tool/wheelwright-error.ts';
import { type FormatControl, type FormatOption, readFormatControl } from './format-control.ts';
import type { Constraint, RequirementInput, RequirementInputs } from './requirement-inputs.ts';
import type { ResolutionPolicy } from './resolution.ts';

/** Options for choosing artifacts, from a command line or from requirements files. */
export interface ChoiceOptions {
  /** Accept pre-releases of every distribution. */
  readonly prereleases?: boolean | undefined;
  /** Every artifact needs a stated hash. Implied by any `--hash`, as in pip. */
  readonly requireHashes?: boolean | undefined;
  /** `--only-binary` and `--no-binary`, in the given order. */
  readonly formats?: readonly FormatOption[] | undefined;
  /** Prefer an older wheel to a newer sdist. */
  readonly preferBinary?: boolean | undefined;
  /** Which matching version is tried first; `highest` by default. */
  readonly versionOrder?: VersionOrder | undefined;
  /** A date (`2026-01-31`, the end of that day in UTC) or a time (RFC 3339): files uploaded later do not count. */
  readonly excludeNewer?: string | undefined;
  /** Names whose pre-releases are accepted. */
  readonly prereleasesOf?: readonly string[] | undefined;
}

/** The merged options and the resulting indexes. */
export interface Choices {
  readonly index: IndexSettings;
  readonly prereleases: boolean;
  readonly requireHashes: boolean;
  readonly preferBinary: boolean;
  readonly formatsOf: FormatControl;
  readonly policy: ResolutionPolicy;
}

/** Options without effect: wheelwright always does what they ask for, or they concern another tool. */
const withoutEffect = ['--use-feature', '--no-cache-dir', '--global-option'];

/**
 * The merged choices of a command.
 * @throws WheelwrightError WHEELWRIGHT_BAD_INPUT for an option of a file that is not supported.
 */
export function readChoices(index: IndexSettings, given: ChoiceOptions, asked: RequirementInputs): Choices {
  let merged = index;
  let { prereleases = false, preferBinary = false, requireHashes = false } = given;
  const formats: FormatOption[] = [...(given.formats ?? [])];
  for (const { name, value, base, source } of asked.options) {
    if (name === '--index-url') merged = { ...merged, indexUrls: [value] };
    else if (name === '--extra-index-url') merged = { ...merged, extraIndexUrls: [...merged.extraIndexUrls, value] };
    else if (name === '--find-links')
      merged = { ...merged, findLinks: [...merged.findLinks, resolveLink(value, base)] };
    else if (name === '--no-index') merged = { ...merged, noIndex: true };
    else if (name === '--trusted-host') merged = { ...merged, trustedHosts: [...merged.trustedHosts, value] };
    else if (name === '--pre') prereleases = true;
    else if (name === '--prefer-binary') preferBinary = true;
    else if (name === '--require-hashes') requireHashes = true;
    else if (name === '--only-binary' || name === '--no-binary') formats.push({ name, value, source });
    else if (!withoutEffect.includes(name))
      throw new WheelwrightError('WHEELWRIGHT_BAD_INPUT', `${source} has the option ${name}, which is not supported.`, {
        hint: 'Remove it from the file.',
        data: { source, option: name },
      });
  }
  return {
    index: merged,
    prereleases,
    preferBinary,
    requireHashes: requireHashes || statesHash(asked),
    formatsOf: readFormatControl(formats),
    policy: readPolicy(given),
  };
}

function readPolicy({ versionOrder, excludeNewer, prereleasesOf = [] }: ChoiceOptions): ResolutionPolicy {
  return {
    ...(versionOrder === undefined ? {} : { versionOrder }),
    ...(excludeNewer === undefined ? {} : { uploadedBeforeMs: readTime(excludeNewer) }),
    ...(prereleasesOf.length === 0
      ? {}
      : { prereleasesOf: new Map(prereleasesOf.map((name) => [normalizeName(name), 'allow' as const])) }),
  };
}

const dayMs = 24 * 60 * 60 * 1000;

function readTime(text: string): number {
  const isDate = /^\d{4}-\d\d-\d\d$/.test(text);
  const time = /^\d{4}-\d\d-\d\d([Tt ].+)?$/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(time)) return isDate ? time + dayMs : time;
  throw new WheelwrightError('WHEELWRIGHT_USAGE', `${text} is neither a date nor a time.`, {
    hint: 'Write 2026-01-31 or 2026-01-31T12:00:00Z.',
  });
}

/** Whether a requirement has `--hash`. A hash in a URL does not count: it is part of the location. */
function statesHash({ inputs, constraints }: RequirementInputs): boolean {
  return [...inputs, ...constraints].some(({ hasHashOption }: RequirementInput | Constraint) => hasHashOption === true);
}

function resolveLink(value: string, base: string): string {
  if (isUrl(value)) return value;
  if (isUrl(base)) return new URL(value, base).href;
  return path.resolve(base, value);
}
