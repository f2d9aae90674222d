// What the manifest of a shared generation says before the generation is made: it names the generation.
import path from 'node:path';
import { parseDirectUrl } from '@wheelwright/packaging';
import { hashText } from '../layout/record-hash.ts';
import type { InstalledOwner, InstalledState } from '../model/types.ts';
import type { WheelTree } from '../model/wheel-tree.ts';
import type { Selection } from '../plan/select-distributions.ts';
import { carriedFiles } from '../read/carry.ts';
import { installerName } from '../read/owner-of.ts';
import type { SharedDistribution, SharedManifest } from '../read/shared-manifest.ts';
import { carryShared } from './carry-shared.ts';
import { sharedFormat } from './data-directory.ts';

/** A manifest without the facts that only the finished tree has. */
export type SharedDescription = Omit<SharedManifest, 'scripts' | 'programs' | 'tops' | 'support'>;

/** Describes the generation that holds `kept` and `add`; `before` is what the present shared generation holds. */
export function describeShared(
  { layout, shared }: InstalledState,
  { kept, add }: Pick<Selection, 'kept' | 'add'>,
  before: readonly SharedDistribution[],
  variant: string | undefined,
): SharedDescription {
  const known = new Map(before.map((distribution) => [distribution.name, distribution]));
  const distributions = [
    ...kept.map((owner) => keptDistribution(owner, known.get(owner.name)?.directUrl)),
    ...add.map(addedDistribution),
  ].sort((a, b) => (a.name < b.name ? -1 : 1));
  const { cacheTag, magic } = shared!;
  const libDirName = layout.sitePackages.split('/')[1]!;
  return { format: sharedFormat, cacheTag, magic, libDirName, distributions, variant };
}

function keptDistribution(
  { name, version, wheelSha256, requested, editable, installer, distInfoDir }: InstalledOwner,
  directUrl: string | undefined,
): SharedDistribution {
  const distInfoName = path.posix.basename(distInfoDir);
  return { name, version, sha256: wheelSha256, requested, directUrl, installer, editable, distInfoName };
}

function addedDistribution({
  name,
  version,
  sha256,
  requested,
  directUrl,
  distInfoDir,
}: WheelTree): SharedDistribution {
  const editable = directUrl !== undefined && parseDirectUrl(directUrl).directory?.editable === true;
  const installer = installerName;
  return { name, version, sha256, requested, directUrl, installer, editable, distInfoName: distInfoDir };
}

/** The files of an environment that shares nothing yet which no wheel of ours brought: their hashes by path. */
export function strangeFiles(state: InstalledState): [string, string | undefined][] {
  if (state.shared?.dir !== undefined) return [];
  return carriedFiles(carryShared(state, {}))
    .filter((file) => !isOurs(file, state))
    .map((file) => [file, hashText(path.join(state.prefixDir, file))]);
}

function isOurs(file: string, { layout }: InstalledState): boolean {
  const name = file.startsWith(`${layout.sitePackages}/`) ? file.slice(layout.sitePackages.length + 1) : file;
  return /^(?:00_wheelwright\.pth|_wheelwright_\w+\.(?:py|txt)|[^/]+\/\.wheelwright-keep)$/.test(name);
}
