// Makes a lost `generation.json` again: from the dist-infos, from the shared generation that it leads into, and from the
// records of other generations of the environment.
import path from 'node:path';
import { readText } from '@wheelwright/atomic-fs';
import {
  type Generation,
  type GenerationDistribution,
  generationFormat,
  type InstalledDistribution,
  listDistributions,
  type Makeup,
  parseScriptsMap,
  type SharedReference,
  scriptsMapName,
  supportFiles,
  supportHashes,
  tryParseGeneration,
} from '@wheelwright/python';
import { schemeLayout } from '../layout/schemes.ts';
import { readGenerations } from '../read/generations.ts';
import { installerName } from '../read/owner-of.ts';
import { readManifest } from '../read/shared-manifest.ts';

/** A generation as derived from its files. */
export interface RebuiltGeneration {
  readonly generation: Omit<Generation, 'number' | 'created' | 'command'>;
  /** Names of the distributions whose wheels nothing names any more. */
  readonly unknown: readonly string[];
}

/** The record of the generation of `makeup`; where it is lost, what can be derived in its place. */
export function rebuildGeneration(makeup: Makeup, shared: SharedReference | undefined): RebuiltGeneration {
  const { prefixDir, libDirName } = makeup;
  const stated = tryParseGeneration(prefixDir);
  if (stated !== undefined) return { generation: stated, unknown: [] };
  const base = { format: generationFormat, kept: [], shared };
  const manifest = shared?.dir === undefined ? undefined : readManifest(shared.dir);
  if (manifest !== undefined) {
    const distributions = manifest.distributions.map(({ name, version, sha256, requested, directUrl }) => {
      return { name, version, sha256, requested, directUrl };
    });
    return { generation: { ...base, distributions, support: manifest.support }, unknown: [] };
  }
  const siteDir = path.join(prefixDir, schemeLayout(libDirName!).sitePackages);
  const distributions = listDistributions(siteDir).map((distribution) => distributionOf(makeup, distribution));
  const map = readText(path.join(siteDir, scriptsMapName)) ?? '';
  const support = supportHashes(supportFiles(parseScriptsMap(map)));
  const unknown = distributions.filter(({ sha256 }) => sha256 === undefined).map(({ name }) => name);
  return { generation: { ...base, distributions, support }, unknown };
}

/** Another generation with the same RECORD names the wheel: no two wheels have one RECORD. */
function distributionOf(
  { dir, prefixDir, libDirName }: Makeup,
  { name, version, requested, installer, distInfoName }: InstalledDistribution,
): GenerationDistribution {
  const recordOf = (prefix: string) =>
    readText(path.join(prefix, schemeLayout(libDirName!).sitePackages, distInfoName, 'RECORD'));
  const record = recordOf(prefixDir);
  const others = installer === installerName && record !== undefined ? readGenerations(dir) : [];
  const same = others
    .filter((other) => other.dir !== prefixDir && recordOf(other.dir) === record)
    .flatMap((other) => tryParseGeneration(other.dir)?.distributions ?? [])
    .findLast((other) => other.name === name && other.version === version);
  return { name, version, sha256: same?.sha256, requested };
}
