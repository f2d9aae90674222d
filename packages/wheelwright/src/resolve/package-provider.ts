// Implements the resolver's `PackageProvider`: for each name the versions that have a file for the target, each with its
// best file. A distribution that the caller has opened replaces all other versions of its name.

import { isCodedError } from '@wheelwright/errors';
import type { IndexClient, IndexFile } from '@wheelwright/index-client';
import {
  compareVersions,
  type Metadata,
  type NormalizedName,
  normalizeName,
  parseMetadata,
  parseWheelFilename,
  tryParseVersion,
  type Version,
} from '@wheelwright/packaging';
import type { CandidateRequirements, PackageProvider, UnusableCandidate } from '@wheelwright/resolver';
import type { StoredWheel } from '@wheelwright/store';
import type {
  DistributionSource,
  SourceDistributions,
  SourcedCandidate,
  WheelTarget,
} from '../requirements/distribution-source.ts';
import { readStoredMetadata, storedMetadata } from '../wheels/wheel-trees.ts';
import { type ChoiceOptions, chooseCandidates, createRanks, type FormatPolicy, mayBeUsed } from './offered-files.ts';
import { explainRefusals } from './refused-versions.ts';

export interface PackageProviderOptions {
  readonly index: IndexClient;
  /** The interpreter, or a description of another machine's. */
  readonly target: WheelTarget;
  /** Opened distributions by name, each the only candidate of its name. */
  readonly given: ReadonlyMap<NormalizedName, StoredWheel>;
  /** Finds the stored wheel for a file, whose metadata needs no network. */
  readonly findStored: (file: IndexFile) => StoredWheel | undefined;
  /** Downloads a wheel into the store. Called if the server offers neither metadata nor ranges, so that it is fetched once. */
  readonly fetchWheel?: ((file: IndexFile) => Promise<StoredWheel>) | undefined;
  /** Hashes that requirements state for a name (`sha256:<hex>`). A file with another hash is not a candidate. */
  readonly hashes?: ReadonlyMap<NormalizedName, readonly string[]> | undefined;
  /** Opens sdists, URLs and trees. Without it only wheels are candidates. */
  readonly sources?: SourceDistributions | undefined;
  /** Which kinds of file may be used; by default wheels, and sdists if `sources` is present. */
  readonly formats?: ((name: NormalizedName) => FormatPolicy) | undefined;
  /** Names for which every wheel is tried before any sdist, whatever the versions. */
  readonly prefersWheels?: ((name: NormalizedName) => boolean) | undefined;
  /** Only files uploaded before this time (milliseconds since 1970) count. Files of find-links always count. */
  readonly uploadedBeforeMs?: number | undefined;
}

/** The resolver's port over an index and opened distributions. */
export function createPackageProvider(options: PackageProviderOptions): PackageProvider {
  const { index, given, sources } = options;
  const rankOf = createRanks(options.target);
  const listed = new Map<NormalizedName, Promise<readonly SourcedCandidate[]>>();
  const choiceOf = (name: NormalizedName): ChoiceOptions => ({
    name,
    target: options.target,
    formats: limited(options.formats?.(name), sources !== undefined),
    hashes: options.hashes?.get(name),
    prefersWheels: options.prefersWheels?.(name),
    uploadedBeforeMs: options.uploadedBeforeMs,
  });

  async function list(name: NormalizedName): Promise<readonly SourcedCandidate[]> {
    const wheel = given.get(name);
    if (wheel !== undefined) {
      const { version } = parseWheelFilename(wheel.filename);
      return [{ name, version, yanked: false, file: { from: 'store', wheel } }];
    }
    const choice = choiceOf(name);
    const files = await index.files(name, (filename) => mayBeUsed(filename, choice.formats, rankOf));
    return index.status(name)?.status === 'quarantined' ? [] : chooseCandidates(files, choice);
  }

  return {
    candidates(name) {
      const known = listed.get(name) ?? list(name);
      listed.set(name, known);
      return known;
    },
    async requirements(candidate) {
      const { name, version, file } = candidate as SourcedCandidate;
      try {
        return readRequirements(await metadataOf(file, options), name, version);
      } catch (error) {
        // A damaged file does not end the resolution: another version may do. If none does, the error names the reason.
        if (!isCodedError(error) || !/^PACKAGING_|^INDEX_BAD_PAGE$/.test(error.code)) throw error;
        return { unusable: `its metadata cannot be read: ${error.message}` };
      }
    },
    isCheap: (candidate) => (candidate as SourcedCandidate).file.from !== 'sdist',
    async refused(name) {
      const files = await index.files(name);
      const status = index.status(name);
      if (status?.status === 'quarantined') return `is quarantined by its index${withReason(status.reason)}`;
      return files.length === 0 ? undefined : explainRefusals(files, choiceOf(name));
    },
    ...(sources === undefined
      ? {}
      : {
          async direct(requirement): Promise<SourcedCandidate> {
            const direct = await sources.direct(requirement);
            return { name: direct.name, version: direct.version, yanked: false, file: { from: 'direct', direct } };
          },
        }),
  };
}

function limited(asked: FormatPolicy | undefined, canBuild: boolean): FormatPolicy {
  return { wheels: asked?.wheels ?? true, sdists: canBuild && (asked?.sdists ?? true) };
}

async function metadataOf(
  source: DistributionSource,
  { index, findStored, fetchWheel, sources }: PackageProviderOptions,
): Promise<Metadata> {
  switch (source.from) {
    case 'store':
      return storedMetadata(source.wheel);
    case 'direct':
      return parseMetadata(source.direct.metadata);
    case 'index': {
      const stored = findStored(source.file);
      if (stored !== undefined) return storedMetadata(stored);
      const readWhole = fetchWheel && (async (file: IndexFile) => readStoredMetadata(await fetchWheel(file)));
      return parseMetadata(await index.metadata(source.file, readWhole));
    }
    case 'sdist':
      if (sources === undefined) throw new Error('bug: an sdist is a candidate, and nothing can open it');
      return parseMetadata(await sources.sdistMetadata(source));
    case 'installed':
      throw new Error('bug: the index was asked for the requirements of a distribution that is installed');
  }
}

/** Warnings about the status of projects (PEP 792). Call it after their files were listed. */
export function statusWarnings(index: IndexClient, names: Iterable<NormalizedName>): string[] {
  return [...names].flatMap((name) => {
    const found = index.status(name);
    if (found?.status === 'archived')
      return [`${name} is archived and gets no more releases${withReason(found.reason)}`];
    return found?.status === 'deprecated' ? [`${name} is deprecated${withReason(found.reason)}`] : [];
  });
}

function withReason(reason: string): string {
  return reason === '' ? '' : `: ${reason}`;
}

function readRequirements(
  metadata: Metadata,
  name: NormalizedName,
  version: Version,
): CandidateRequirements | UnusableCandidate {
  const stated = tryParseVersion(metadata.version);
  if (normalizeName(metadata.name) !== name || (stated !== undefined && compareVersions(stated, version) !== 0)) {
    return { unusable: `its metadata says that it is ${metadata.name} ${metadata.version}` };
  }
  const { requiresDist, requiresPython, providesExtra } = metadata;
  return { requiresDist, requiresPython, providesExtra };
}
