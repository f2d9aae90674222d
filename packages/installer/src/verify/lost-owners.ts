// Distributions that a generation names and whose dist-info is gone although their files, or none at all, are left: what
// pip uninstalls takes its files along, so this is damage.

import { existsSync } from 'node:fs';
import path from 'node:path';
import { isValidName, normalizeName, type RecordEntry } from '@wheelwright/packaging';
import { type GenerationDistribution, listDistributions, readInstalledRecord } from '@wheelwright/python';
import { readGenerations } from '../generation/generations.ts';
import type { InstalledState } from '../model/types.ts';
import { readGeneration } from '../read/installed-state.ts';

export interface LostOwner {
  readonly distribution: GenerationDistribution;
  /** Its files that lie there, relative to the prefix; none: everything is gone. */
  readonly files: readonly string[];
}

/** Those whose loss shows in `unowned`, files that nobody owns, or in a site-packages that lacks all of ours. */
export function findLostOwners(state: InstalledState, unowned: readonly string[]): LostOwner[] {
  const { prefixDir, layout, distributions, shared } = state;
  const generation = shared === undefined && state.generation !== undefined ? readGeneration(prefixDir) : undefined;
  if (generation === undefined) return [];
  const there = new Set<string>(distributions.map(({ name }) => name));
  const absent = generation.distributions.filter(({ name }) => !there.has(name));
  const site = `${layout.sitePackages}/`;
  const support = Object.keys(generation.support);
  // Nobody but an accident takes away what every start of Python reads.
  const isWiped = support.length > 0 && support.every((name) => !existsSync(path.join(prefixDir, site, name)));
  const inSite = unowned.filter((file) => file.startsWith(site)).map((file) => file.slice(site.length));
  return absent.flatMap((distribution) => {
    const record = recordElsewhere(state, distribution);
    const names = new Set(record?.map((entry) => entry.path));
    const isIts = (file: string) => (record === undefined ? isNamedAs(file, distribution.name) : names.has(file));
    const files = inSite.filter(isIts).map((file) => site + file);
    return files.length > 0 || isWiped ? [{ distribution, files }] : [];
  });
}

/** Its RECORD in another generation. */
function recordElsewhere(
  { environmentDir, prefixDir, layout }: InstalledState,
  { name, version }: GenerationDistribution,
): readonly RecordEntry[] | undefined {
  for (const { dir } of readGenerations(environmentDir).reverse()) {
    if (dir === prefixDir) continue;
    const found = listDistributions(path.join(dir, layout.sitePackages)).find(
      (one) => one.name === name && one.version === version,
    );
    const record = found && readInstalledRecord(found);
    if (record !== undefined) return record;
  }
  return undefined;
}

/** Without any RECORD: a package or module that has the name of the distribution. */
function isNamedAs(file: string, name: string): boolean {
  const top = file.split('/', 1)[0]!.replace(/\.(?:py|[^/]*\.so)$/, '');
  return isValidName(top) && normalizeName(top) === name;
}
