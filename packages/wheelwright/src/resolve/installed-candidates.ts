// Converts the distributions of an environment to candidates that the resolver may keep.
import { type NormalizedName, parseMetadata, tryParseVersion } from '@wheelwright/packaging';
import { type Environment, type InstalledDistribution, listDistributions } from '@wheelwright/python';
import { readMetadataFields } from '../requirements/metadata-fields.ts';
import type { InstalledCandidate } from '../requirements/resolution.ts';

/** Installed distributions by name. One with an unreadable version or metadata is omitted, so that it is replaced. */
export function installedCandidates(environment: Environment): Map<NormalizedName, InstalledCandidate> {
  const found = new Map<NormalizedName, InstalledCandidate>();
  for (const distribution of listDistributions(environment.sitePackages)) {
    const candidate = toCandidate(distribution);
    if (candidate !== undefined) found.set(distribution.name, candidate);
  }
  return found;
}

function toCandidate(distribution: InstalledDistribution): InstalledCandidate | undefined {
  const version = tryParseVersion(distribution.version);
  if (version === undefined) return undefined;
  let metadata: ReturnType<typeof parseMetadata>;
  try {
    metadata = parseMetadata(readMetadataFields(distribution.metadataPath ?? ''));
  } catch {
    return undefined;
  }
  return {
    candidate: { name: distribution.name, version, yanked: false, file: { from: 'installed' } },
    requiresDist: metadata.requiresDist,
  };
}
