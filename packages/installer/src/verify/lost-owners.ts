// Distributions that a generation names and whose dist-info is gone while their files remain, or while all of
// site-packages is gone. `pip uninstall` removes the files too, so this is damage.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { isValidName, normalizeName, type RecordEntry } from '@wheelwright/packaging';
import { type GenerationDistribution, listDistributions, readInstalledRecord } from '@wheelwright/python';
import type { InstalledState } from '../model/types.ts';
import { readGeneration } from '../read/generation-state.ts';
import { readGenerations } from '../read/generations.ts';

/** A distribution without its dist-info. */
export interface LostOwner {
  /** As `generation.json` names it. */
  readonly distribution: GenerationDistribution;
  /** Its files that remain, relative to the prefix; empty where all of them are gone. */
  readonly files: readonly string[];
}

/**
 * The distributions whose loss shows in `unowned`, files without an owner, or in a site-packages that lacks every file of
 * the environment itself.
 */
export function findLostOwners(state: InstalledState, unowned: readonly string[]): LostOwner[] {
  const { prefixDir, layout, distributions } = state;
  const generation = readGeneration(prefixDir);
  if (generation === undefined) return [];
  const there = new Set<string>(distributions.map(({ name }) => name));
  const absent = generation.distributions.filter(({ name }) => !there.has(name));
  const site = `${layout.sitePackages}/`;
  const support = Object.keys(generation.support);
  // Python reads these files at every start, so no one deletes them on purpose.
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

/** The distribution's RECORD in another generation. */
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

/** Whether the file belongs to a package or module that is named as the distribution: the guess without a RECORD. */
function isNamedAs(file: string, name: string): boolean {
  const top = file.split('/', 1)[0]!.replace(/\.(?:py|[^/]*\.so)$/, '');
  return isValidName(top) && normalizeName(top) === name;
}
