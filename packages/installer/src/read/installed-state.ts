// What an environment holds, read from its current generation. Which distributions there are is read at once; what each
// of them owns is read when it is asked for, because a run with nothing to do never asks.
import path from 'node:path';
import { readText } from '@wheelwright/atomic-fs';
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
import type { InstalledOwner, InstalledState, PrefixOptions, SchemeLayout } from '../model/types.ts';
import { lackingIn } from './compare-file.ts';
import { readKept } from './kept.ts';
import { installerName, ownerOf } from './owner-of.ts';
import { hasGenerations, readPrefix } from './prefix.ts';
import { readPrefixState } from './prefix-state.ts';
import { readManifest, type SharedManifest } from './shared-manifest.ts';

/**
 * What the environment at `environmentDir` holds now, of whatever kind it is. Throws what `readEnvironment` throws. For
 * what is to be changed, call it under the lock.
 */
export function readInstalledState(environmentDir: string, options: PrefixOptions = {}): InstalledState {
  if (!hasGenerations(environmentDir)) return readPrefixState(readPrefix(environmentDir, options));
  const { generation: number, libDirName } = readEnvironment(environmentDir);
  if (number === undefined) throw new Error(`bug: ${environmentDir} has no generation`);
  const prefixDir = path.join(environmentPaths(environmentDir).root, generationTarget(number));
  const layout = schemeLayout(libDirName);
  const generation = readGeneration(prefixDir);
  const shared = generation?.shared;
  const base = { environmentDir, prefixDir, generation: number, layout, ...(shared === undefined ? {} : { shared }) };
  const manifest = shared?.dir === undefined ? undefined : readManifest(shared.dir);
  if (manifest !== undefined) {
    const distributions = sharedOwners(manifest, prefixDir, layout);
    return {
      ...base,
      distributions,
      lacks: lackingIn(prefixDir),
      get lost() {
        return readKept(prefixDir);
      },
    };
  }
  const wheels = new Map(generation?.distributions.map((distribution) => [distribution.name, distribution]));
  const isKnown = ({ name, version }: InstalledDistribution) => wheels.get(name)?.version === version;
  const listed = listDistributions(path.join(prefixDir, layout.sitePackages));
  const newcomers = new Set(listed.filter((distribution) => !isKnown(distribution)).map(({ name }) => name));
  const distributions = listed.map((distribution) => {
    const known = isKnown(distribution);
    const ours = known && distribution.installer === installerName;
    const owner = ownerOf(distribution, layout, ours ? wheels.get(distribution.name)?.sha256 : undefined);
    // pip takes the old version away before it writes the new one; a switch in between has brought the old one back.
    return known && newcomers.has(distribution.name) ? Object.assign(owner, { superseded: true }) : owner;
  });
  return {
    ...base,
    distributions,
    lacks: lackingIn(prefixDir),
    get lost() {
      return readKept(prefixDir);
    },
  };
}

// Nobody installs into a shared generation, so that its manifest says at once what else is read from many files.
function sharedOwners(manifest: SharedManifest, prefixDir: string, layout: SchemeLayout): InstalledOwner[] {
  return manifest.distributions.map(({ directUrl: _text, ...distribution }) => {
    const distInfoDir = path.join(prefixDir, layout.sitePackages, distribution.distInfoName);
    const known = { rawName: distribution.name, form: 'dist-info', distInfoDir, metadataPath: undefined } as const;
    return ownerOf({ ...distribution, ...known }, layout, distribution.sha256);
  });
}

/** The `generation.json` of the generation at `prefixDir`; undefined where there is none. */
export function readGeneration(prefixDir: string): Generation | undefined {
  const file = path.join(prefixDir, generationFileName);
  const text = readText(file);
  return text === undefined ? undefined : parseGeneration(text, file);
}
