// Reads the metadata of installed distributions, with the requirements that apply in this environment.
import { readFileSync } from 'node:fs';
import {
  evaluateMarker,
  type MarkerEnvironment,
  type Metadata,
  type NormalizedName,
  parseMetadata,
  parseRequirement,
  type Requirement,
} from '@wheelwright/packaging';
import type { InstalledDistribution } from '@wheelwright/python';

/** A distribution with the requirements that apply here. */
export interface InstalledWithMetadata extends InstalledDistribution {
  /** Undefined if METADATA is missing or damaged. */
  readonly metadata: Metadata | undefined;
  /** The requirements whose markers hold without extras. */
  readonly requires: readonly Requirement[];
}

/** Reads the metadata of each distribution. Damaged metadata of one does not affect the others. */
export function withMetadata(
  distributions: readonly InstalledDistribution[],
  markers: MarkerEnvironment,
): InstalledWithMetadata[] {
  return distributions.map((distribution) => {
    const metadata = readMetadata(distribution);
    return { ...distribution, metadata, requires: requirementsOf(metadata, markers) };
  });
}

/** Names of the distributions that require `name`, in the given order. */
export function requiredBy(all: readonly InstalledWithMetadata[], name: NormalizedName): readonly string[] {
  return all
    .filter(({ requires }) => requires.some((one) => one.normalizedName === name))
    .map(({ rawName }) => rawName);
}

function readMetadata({ metadataPath }: InstalledDistribution): Metadata | undefined {
  try {
    return metadataPath === undefined ? undefined : parseMetadata(readFileSync(metadataPath, 'utf8'));
  } catch {
    return undefined; // `verify` reports damaged metadata.
  }
}

function requirementsOf(metadata: Metadata | undefined, markers: MarkerEnvironment): Requirement[] {
  return (metadata?.requiresDist ?? []).flatMap((text) => {
    try {
      const requirement = parseRequirement(text);
      return requirement.marker === undefined || evaluateMarker(requirement.marker, markers) ? [requirement] : [];
    } catch {
      return [];
    }
  });
}
