// What the current generation of an environment holds. The list of distributions is read at once; what each of them owns
// is read on the first use, because a run with nothing to do never uses it.
import path from 'node:path';
import { readText } from '@wheelwright/atomic-fs';
import { parseDirectUrl } from '@wheelwright/packaging';
import {
  environmentPaths,
  type Generation,
  generationFileName,
  generationTarget,
  type InstalledDistribution,
  listDistributions,
  parseGeneration,
  readEnvironment,
} from '@wheelwright/python';
import { schemeLayout } from '../layout/schemes.ts';
import type { InstalledOwner, InstalledState, NamedVersion, SchemeLayout } from '../model/types.ts';
import { lackingIn } from './compare-file.ts';
import { readLosers } from './losers.ts';
import { installerName, ownerOf } from './owner-of.ts';
import { readManifest, type SharedManifest } from './shared-manifest.ts';

/** The environment with generations at `environmentDir`. Throws what `readEnvironment` and `parseGeneration` throw. */
export function readGenerationState(environmentDir: string): InstalledState {
  const place = placeOf(environmentDir);
  return stateOf(place, listedOwners(place));
}

/** The same for an environment of the layout `shared`; one that shares nothing yet lists its own distributions. */
export function readSharedState(environmentDir: string): InstalledState {
  const place = placeOf(environmentDir);
  const shared = place.generation?.shared;
  const manifest = shared?.dir === undefined ? undefined : readManifest(shared.dir);
  const owners = manifest === undefined ? listedOwners(place) : sharedOwners(manifest, place);
  return { ...stateOf(place, owners), ...(shared === undefined ? {} : { shared }) };
}

/** The current generation, before its distributions are read. */
interface Place {
  readonly environmentDir: string;
  readonly prefixDir: string;
  readonly number: number;
  readonly layout: SchemeLayout;
  readonly generation: Generation | undefined;
}

function placeOf(environmentDir: string): Place {
  const { generation: number, libDirName } = readEnvironment(environmentDir);
  if (number === undefined) throw new Error(`bug: ${environmentDir} has no generation`);
  const prefixDir = path.join(environmentPaths(environmentDir).root, generationTarget(number));
  return { environmentDir, prefixDir, number, layout: schemeLayout(libDirName), generation: readGeneration(prefixDir) };
}

function stateOf(
  { environmentDir, prefixDir, number, layout }: Place,
  distributions: readonly InstalledOwner[],
): InstalledState {
  return {
    environmentDir,
    prefixDir,
    generation: number,
    layout,
    distributions,
    lacks: lackingIn(prefixDir),
    get losers() {
      return readLosers(prefixDir);
    },
  };
}

function listedOwners({ prefixDir, layout, generation }: Place): InstalledOwner[] {
  const wheels = new Map(generation?.distributions.map((distribution) => [distribution.name, distribution]));
  const isKnown = ({ name, version }: InstalledDistribution) => wheels.get(name)?.version === version;
  const listed = listDistributions(path.join(prefixDir, layout.sitePackages));
  const distributions = listed.map((distribution) => {
    const ours = isKnown(distribution) && distribution.installer === installerName;
    return ownerOf(distribution, layout, ours ? wheels.get(distribution.name)?.sha256 : undefined);
  });
  markSuperseded(distributions, ({ name, version }) => wheels.get(name)?.version === version);
  return distributions;
}

// pip removes the old version before it writes the new one; a switch in between brings the old one back. A new version
// without RECORD is still being written: its files have the old one's paths, and only the old one names them.
function markSuperseded(distributions: readonly InstalledOwner[], isKnown: (owner: NamedVersion) => boolean): void {
  const complete = new Map<string, boolean>();
  for (const owner of distributions) {
    if (isKnown(owner)) continue;
    complete.set(owner.name, (complete.get(owner.name) ?? true) && owner.files !== undefined);
  }
  for (const owner of distributions) {
    if (complete.get(owner.name) === true && isKnown(owner)) Object.assign(owner, { superseded: true });
  }
}

// No program installs into a shared generation, so its manifest says at once what is else read from many files.
function sharedOwners(manifest: SharedManifest, { prefixDir, layout }: Place): InstalledOwner[] {
  return manifest.distributions.map(({ directUrl: text, ...distribution }) => {
    const distInfoDir = path.join(prefixDir, layout.sitePackages, distribution.distInfoName);
    const known = { rawName: distribution.name, form: 'dist-info', distInfoDir, metadataPath: undefined } as const;
    const directUrl = text === undefined ? undefined : parseDirectUrl(text);
    return ownerOf({ ...distribution, ...known, directUrl }, layout, distribution.sha256);
  });
}

/** The `generation.json` of the generation at `prefixDir`; undefined where there is none. Throws for a damaged one. */
export function readGeneration(prefixDir: string): Generation | undefined {
  const file = path.join(prefixDir, generationFileName);
  const text = readText(file);
  return text === undefined ? undefined : parseGeneration(text, file);
}
