// The resolver's view of the world: for each name the versions that have a wheel for this interpreter, each with its best
// wheel; wheels given by path or built from a tree stand in for every other version of their name.
import type { IndexClient, IndexFile } from '@wheelwright/index-client';
import { expandTags, type NormalizedName, parseMetadata, parseWheelFilename, tagRank } from '@wheelwright/packaging';
import type { Interpreter } from '@wheelwright/python';
import type { Candidate, PackageProvider } from '@wheelwright/resolver';
import type { StoredWheel } from '@wheelwright/store';
import { readStoredMetadata } from './wheel-trees.ts';

/** Where a candidate's wheel is. */
export type WheelSource =
  | { readonly from: 'index'; readonly file: IndexFile }
  | { readonly from: 'store'; readonly wheel: StoredWheel }
  | { readonly from: 'installed' };

/** A candidate with the wheel that would be installed for it. */
export type SourcedCandidate = Candidate & { readonly file: WheelSource };

export interface PackageProviderOptions {
  readonly index: IndexClient;
  readonly interpreter: Interpreter;
  /** Wheels at hand, by name: the only candidate of their name. */
  readonly given: ReadonlyMap<NormalizedName, StoredWheel>;
  /** The wheel already in the store for a file: its metadata needs no network. */
  readonly findStored: (file: IndexFile) => StoredWheel | undefined;
  /** Hashes a name is pinned to (`sha256:<hex>`); files with none of them are not candidates. */
  readonly hashes?: ReadonlyMap<NormalizedName, readonly string[]> | undefined;
}

/** The resolver's port over an index and the wheels at hand. */
export function createPackageProvider(options: PackageProviderOptions): PackageProvider {
  const ranks = createRanks(options.interpreter);
  const pages = new Map<NormalizedName, Promise<readonly SourcedCandidate[]>>();
  return {
    candidates(name) {
      const known = pages.get(name) ?? findCandidates(name, options, ranks);
      pages.set(name, known);
      return known;
    },
    async requirements(candidate) {
      const source = (candidate as SourcedCandidate).file;
      if (source.from === 'installed')
        throw new Error(`bug: the requirements of ${candidate.name} were asked of the index, but it is installed`);
      const stored = source.from === 'store' ? source.wheel : options.findStored(source.file);
      const text =
        stored === undefined
          ? await options.index.metadata((source as { file: IndexFile }).file)
          : readStoredMetadata(stored);
      const metadata = parseMetadata(text);
      return {
        requiresDist: metadata.requiresDist,
        ...(metadata.requiresPython === undefined ? {} : { requiresPython: metadata.requiresPython }),
      };
    },
  };
}

async function findCandidates(
  name: NormalizedName,
  options: PackageProviderOptions,
  rankOf: (filename: string) => number | undefined,
): Promise<readonly SourcedCandidate[]> {
  const given = options.given.get(name);
  if (given !== undefined) {
    const { version } = parseWheelFilename(given.filename);
    return [{ name, version, yanked: false, file: { from: 'store', wheel: given } }];
  }
  const allowed = options.hashes?.get(name);
  const best = new Map<string, { candidate: SourcedCandidate; rank: number; build: number }>();
  for (const file of await options.index.files(name, (filename) => rankOf(filename) !== undefined)) {
    if (allowed !== undefined && allowed.length > 0 && !allowed.some((hash) => hash === `sha256:${file.hashes.sha256}`))
      continue;
    const wheel = tryParseWheelFilename(file.filename);
    if (wheel === undefined || wheel.name !== name) continue;
    const rank = rankOf(file.filename)!;
    const build = wheel.build?.[0] ?? -1;
    const known = best.get(wheel.version.text);
    if (
      known !== undefined &&
      !isBetter(
        { rank, build, yanked: file.yanked !== false },
        { rank: known.rank, build: known.build, yanked: known.candidate.yanked },
      )
    )
      continue;
    const candidate: SourcedCandidate = {
      name,
      version: wheel.version,
      yanked: file.yanked !== false,
      ...(file.requiresPython === undefined ? {} : { requiresPython: file.requiresPython }),
      file: { from: 'index', file },
    };
    best.set(wheel.version.text, { candidate, rank, build });
  }
  return [...best.values()].map(({ candidate }) => candidate);
}

/** The rank of a wheel by its file name; undefined for what does not fit, or is no wheel. Few tags make many names. */
function createRanks({ tags }: Interpreter): (filename: string) => number | undefined {
  const supported = new Map(tags.map((tag, rank) => [tag, rank]));
  const known = new Map<string, number | undefined>();
  return (filename) => {
    const compressed = /-([^-]+-[^-]+-[^-]+)\.whl$/.exec(filename)?.[1];
    if (compressed === undefined) return undefined;
    if (!known.has(compressed)) known.set(compressed, tryRank(compressed, supported));
    return known.get(compressed);
  };
}

function tryRank(compressed: string, supported: ReadonlyMap<string, number>): number | undefined {
  try {
    return tagRank(expandTags(compressed), supported);
  } catch {
    return undefined; // what is no tag fits nowhere
  }
}

type Merit = { readonly rank: number; readonly build: number; readonly yanked: boolean };

function isBetter(one: Merit, other: Merit): boolean {
  if (one.yanked !== other.yanked) return !one.yanked;
  if (one.rank !== other.rank) return one.rank < other.rank;
  return one.build > other.build;
}

function tryParseWheelFilename(filename: string): ReturnType<typeof parseWheelFilename> | undefined {
  try {
    return parseWheelFilename(filename);
  } catch {
    return undefined; // An index may list files that are older than the naming rules; they are no candidates.
  }
}
