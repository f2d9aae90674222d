// What an environment holds, read from its current generation. Which distributions there are is read at once; what each
// of them owns is read when it is asked for, because a run with nothing to do never asks.
import path from 'node:path';
import { readText } from '@wheelwright/atomic-fs';
import { PackagingError, parseEntryPoints, type RecordEntry } from '@wheelwright/packaging';
import {
  environmentPaths,
  type Generation,
  generationFileName,
  generationTarget,
  type InstalledDistribution,
  listDistributions,
  parseGeneration,
  readEnvironment,
  readInstalledRecord,
} from '@wheelwright/python';
import { isUnsafe } from '../layout/protected-paths.ts';
import { schemeLayout, within } from '../layout/schemes.ts';
import type { InstalledFile, InstalledOwner, InstalledState, SchemeLayout, WheelEntryPoint } from '../model/types.ts';
import { readKept } from '../plan/plan-kept.ts';
import { lackingIn } from './compare-file.ts';
import { hasGenerations, type PrefixOptions, readPrefix } from './prefix.ts';
import { readPrefixState } from './prefix-state.ts';
import { readManifest, type SharedManifest } from './shared-manifest.ts';

/** What we write into INSTALLER. */
export const installerName = 'wheelwright';

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

/** What `distribution` owns; its RECORD is read when it is asked for. */
export function ownerOf(
  distribution: InstalledDistribution,
  layout: SchemeLayout,
  wheelSha256?: string,
): InstalledOwner {
  const { name, version, form, requested, editable, installer, distInfoName, distInfoDir } = distribution;
  let files: readonly InstalledFile[] | undefined | null = null;
  let entryPoints: readonly WheelEntryPoint[] | undefined;
  return {
    name,
    version,
    form,
    distInfoDir: within(layout.sitePackages, distInfoName),
    wheelSha256,
    requested,
    editable,
    installer,
    get files() {
      if (files === null) files = readRecord(distribution)?.flatMap((entry) => installedFile(entry, layout));
      return files;
    },
    get entryPoints() {
      entryPoints ??= readEntryPoints(distInfoDir);
      return entryPoints;
    },
  };
}

// A RECORD that cannot be read says as little as none: nobody knows which files are its own.
function readRecord(distribution: InstalledDistribution): readonly RecordEntry[] | undefined {
  try {
    const entries = readInstalledRecord(distribution);
    // A RECORD names itself: one that names nothing is not one.
    return entries?.length === 0 ? undefined : entries;
  } catch (error) {
    if (error instanceof PackagingError) return undefined;
    throw error;
  }
}

function readEntryPoints(distInfoDir: string): readonly WheelEntryPoint[] {
  const text = readText(path.join(distInfoDir, 'entry_points.txt'));
  try {
    return text === undefined ? [] : parseEntryPoints(text);
  } catch {
    return []; // what another tool accepted is not ours to refuse
  }
}

// RECORD paths are relative to site-packages; one that leaves the prefix is nobody's business here.
function installedFile({ path: recorded, hash, size }: RecordEntry, layout: SchemeLayout): InstalledFile[] {
  const joined = within(layout.sitePackages, recorded);
  const target = /(?:^|\/)\.\.?(?:\/|$)|\/\/|^\//.test(recorded) ? path.posix.normalize(joined) : joined;
  if (recorded.startsWith('/') || isUnsafe(target)) return [];
  const sha256 =
    hash === undefined ? undefined : hash.algorithm === 'sha256' ? hash.digest : `${hash.algorithm}=${hash.digest}`;
  const isLib = layout.separateLib64 !== true && target.startsWith('lib64/');
  return [{ path: isLib ? `lib/${target.slice(6)}` : target, sha256, size }];
}
