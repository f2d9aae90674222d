// Finds unmet requirements of installed distributions, from their metadata alone.
import { readFileSync } from 'node:fs';
import {
  evaluateMarker,
  formatSpecifiers,
  type MarkerEnvironment,
  type NormalizedName,
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

/** The unmet requirements of `distributions`. Extras do not count, since the requested ones are not recorded. */
export function unmetRequirements(
  distributions: readonly InstalledDistribution[],
  environment: MarkerEnvironment,
): UnmetRequirement[] {
  const installed = new Map(distributions.map(({ name, version }) => [name, version]));
  return distributions.flatMap((distribution) => {
    const { name, version } = distribution;
    return requirementsOf(distribution, environment).flatMap(({ normalizedName, name: wanted, specifiers }) => {
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
  return distributions.some((one) => allRequirementsOf(one).some(({ normalizedName }) => names.has(normalizedName)));
}

function requirementsOf(distribution: InstalledDistribution, environment: MarkerEnvironment) {
  return allRequirementsOf(distribution).filter(
    ({ marker }) => marker === undefined || evaluateMarker(marker, environment),
  );
}

function allRequirementsOf({ metadataPath }: InstalledDistribution) {
  try {
    const { requiresDist } = parseMetadata(readFileSync(metadataPath ?? '', 'utf8'));
    return requiresDist.map((text) => parseRequirement(text));
  } catch {
    return []; // Damaged metadata is another finding.
  }
}
