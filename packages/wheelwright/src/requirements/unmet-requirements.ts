// Finds unmet requirements of installed distributions, from their metadata alone.
import { readFileSync } from 'node:fs';
import {
  evaluateMarker,
  formatSpecifiers,
  type MarkerEnvironment,
  type NormalizedName,
  normalizeName,
  parseMetadata,
  parseRequirement,
  satisfies,
  tryParseVersion,
} from '@wheelwright/packaging';
import type { InstalledDistribution } from '@wheelwright/python';

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

/**
 * The unmet requirements of `distributions`; with `concerning` only those of these names and those that name one of them.
 * Extras do not count, since the requested ones are not recorded.
 */
export function unmetRequirements(
  distributions: readonly InstalledDistribution[],
  environment: MarkerEnvironment,
  concerning?: ReadonlySet<NormalizedName>,
): UnmetRequirement[] {
  const installed = new Map(distributions.map(({ name, version }) => [name, version]));
  return distributions.flatMap((distribution) => {
    const { name, version } = distribution;
    const named = concerning?.has(name) === true ? undefined : concerning;
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
export function namesAny(distributions: readonly InstalledDistribution[], names: ReadonlySet<NormalizedName>): boolean {
  return distributions.some((one) => allRequirementsOf(one, names).length > 0);
}

function requirementsOf(
  distribution: InstalledDistribution,
  environment: MarkerEnvironment,
  named: ReadonlySet<NormalizedName> | undefined,
) {
  return allRequirementsOf(distribution, named).filter(
    ({ marker }) => marker === undefined || evaluateMarker(marker, environment),
  );
}

/** The requirements of an installed distribution, whatever their markers; with `named` only those of these names. */
function allRequirementsOf({ metadataPath }: InstalledDistribution, named?: ReadonlySet<NormalizedName>) {
  try {
    const { requiresDist } = parseMetadata(readFileSync(metadataPath ?? '', 'utf8'));
    const wanted = named === undefined ? requiresDist : requiresDist.filter((text) => named.has(nameIn(text)));
    return wanted.map((text) => parseRequirement(text));
  } catch {
    return []; // Damaged metadata is another finding.
  }
}

/** The name that a requirement begins with, without the cost of parsing the rest. */
function nameIn(requirement: string): NormalizedName {
  return normalizeName(/^\s*[A-Za-z0-9._-]*/.exec(requirement)![0].trim());
}
