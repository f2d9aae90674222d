// The metadata of what is installed, with what each distribution requires of the others in this environment.
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

/** A distribution with what it requires here. */
export interface InstalledWithMetadata extends InstalledDistribution {
  /** Undefined where METADATA is missing or damaged. */
  readonly metadata: Metadata | undefined;
  /** Those whose markers hold, extras not asked for. */
  readonly requires: readonly Requirement[];
}

/** Reads the metadata of each; damaged metadata hides no other distribution. */
export function withMetadata(
  distributions: readonly InstalledDistribution[],
  markers: MarkerEnvironment,
): InstalledWithMetadata[] {
  return distributions.map((distribution) => {
    const metadata = readMetadata(distribution);
    return { ...distribution, metadata, requires: requirementsOf(metadata, markers) };
  });
}

/** Names of those that require `name`, in the order given. */
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
