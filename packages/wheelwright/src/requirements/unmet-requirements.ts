// Finds unmet requirements of installed distributions, from their metadata alone.
import {
  evaluateMarker,
  formatSpecifiers,
  type MarkerEnvironment,
  type NormalizedName,
  normalizeName,
  parseMetadata,
  parseRequirement,
  type Requirement,
  satisfies,
  tryParseVersion,
} from '@wheelwright/packaging';
import type { InstalledDistribution } from '@wheelwright/python';
import { readMetadataFields } from './metadata-fields.ts';

/** A requirement that is not met. */
export interface UnmetRequirement {
  /** The distribution that requires it. */
  readonly name: NormalizedName;
  /** Its version. */
  readonly version: string;
  /** The requirement as the metadata states it, without the marker. */
  readonly requirement: string;
  /** The installed version; undefined if none. */
  readonly found: string | undefined;
}

/** A distribution that is or will be installed. */
export interface RequiringDistribution extends Pick<InstalledDistribution, 'name' | 'version' | 'metadataPath'> {
  /** What it requires, where the caller has read its metadata. */
  readonly requiresDist?: readonly string[] | undefined;
}

/**
 * The unmet requirements of `distributions`; with `concerning` only those of these names and those that name one of them.
 * Extras do not count, since the requested ones are not recorded.
 */
export function unmetRequirements(
  distributions: readonly RequiringDistribution[],
  environment: MarkerEnvironment,
  concerning?: ReadonlySet<NormalizedName>,
): UnmetRequirement[] {
  const installed = new Map(distributions.map(({ name, version }) => [name, version]));
  const others = concerning && new NamedRequirements(concerning);
  return distributions.flatMap((distribution) => {
    const { name, version } = distribution;
    const named = concerning?.has(name) === true ? undefined : others;
    return requirementsOf(distribution, environment, named).flatMap(({ normalizedName, name: wanted, specifiers }) => {
      const found = installed.get(normalizedName);
      const parsed = found === undefined ? undefined : tryParseVersion(found);
      const isMet =
        found !== undefined && (parsed === undefined || satisfies(parsed, specifiers, { prereleases: true }));
      return isMet ? [] : [{ name, version, requirement: `${wanted}${formatSpecifiers(specifiers)}`, found }];
    });
  });
}

/** Whether a distribution requires one of `names`, with any marker. Needs no interpreter. */
export function namesAny(distributions: readonly RequiringDistribution[], names: ReadonlySet<NormalizedName>): boolean {
  const named = new NamedRequirements(names);
  return distributions.some((one) => statedRequirements(one, named).length > 0);
}

function requirementsOf(
  distribution: RequiringDistribution,
  environment: MarkerEnvironment,
  named: NamedRequirements | undefined,
): Requirement[] {
  try {
    return statedRequirements(distribution, named)
      .filter((text) => !needsExtra(text))
      .map((text) => parseRequirement(text))
      .filter(({ marker }) => marker === undefined || evaluateMarker(marker, environment));
  } catch {
    return []; // Damaged metadata is another finding.
  }
}

/** The requirements of a distribution as its metadata states them, whatever their markers; with `named` only those. */
function statedRequirements(
  { metadataPath, requiresDist }: RequiringDistribution,
  named: NamedRequirements | undefined,
): readonly string[] {
  const stated = requiresDist ?? readRequirements(metadataPath, named);
  return named === undefined ? stated : stated.filter((text) => named.has(text));
}

function readRequirements(metadataPath: string | undefined, named: NamedRequirements | undefined): readonly string[] {
  try {
    const fields = readMetadataFields(metadataPath ?? '');
    return named?.mayBeIn(fields) === false ? [] : parseMetadata(fields).requiresDist;
  } catch {
    return []; // Damaged metadata is another finding.
  }
}

/** Whether the requirement applies with an extra only. True for the usual spelling, without the cost of parsing it. */
function needsExtra(requirement: string): boolean {
  const marker = requirement.slice(requirement.lastIndexOf(';') + 1);
  return /\bextra\s*==\s*(?:"[^"]+"|'[^']+')[\s)]*$/.test(marker) && !/\bor\b/.test(marker);
}

/** Recognizes requirements by the name that they begin with. */
class NamedRequirements {
  readonly #names: ReadonlySet<NormalizedName>;
  readonly #spellings: RegExp;

  constructor(names: ReadonlySet<NormalizedName>) {
    this.#names = names;
    const spellings = [...names].map((name) => name.replaceAll('-', '[-_.]+'));
    this.#spellings = new RegExp(spellings.length === 0 ? '(?!)' : spellings.join('|'), 'i');
  }

  has(requirement: string): boolean {
    return this.#names.has(normalizeName(/^\s*[A-Za-z0-9._-]*/.exec(requirement)![0].trim()));
  }

  /** False for a text with none of the names in it, in any spelling. */
  mayBeIn(text: string): boolean {
    return this.#spellings.test(text);
  }
}
