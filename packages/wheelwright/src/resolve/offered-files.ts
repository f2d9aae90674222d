// Turns the files of one project into candidates: for each version the best file that the target can use. Pure.

import type { IndexFile } from '@wheelwright/index-client';
import {
  expandTags,
  type NormalizedName,
  parseSpecifiers,
  parseVersion,
  satisfies,
  tagRank,
  tryParseVersion,
  type Version,
} from '@wheelwright/packaging';
import type { SourcedCandidate, WheelTarget } from '../requirements/distribution-source.ts';

/** Which kinds of file may be used for a name. */
export interface FormatPolicy {
  readonly wheels: boolean;
  readonly sdists: boolean;
}

/** What limits the choice among a project's files. */
export interface ChoiceOptions {
  readonly name: NormalizedName;
  readonly target: WheelTarget;
  readonly formats: FormatPolicy;
  /** Whether every wheel comes before every sdist, whatever the versions. */
  readonly prefersWheels?: boolean | undefined;
  /** Hashes that the requirement states; if empty or absent, every file is allowed. */
  readonly hashes?: readonly string[] | undefined;
  /** Files uploaded at this time (milliseconds since 1970), later, or at an unknown time do not count. */
  readonly uploadedBeforeMs?: number | undefined;
}

/** A file of a project that names a version of it. */
export interface Offer {
  readonly version: Version;
  readonly file: IndexFile;
  readonly kind: 'index' | 'sdist';
  /** The rank of the wheel among the target's tags; sdists come after every wheel. */
  readonly rank: number;
  readonly build: number;
  /** Why it may not be used. */
  readonly refused?: 'format' | 'tags' | 'upload-time' | undefined;
}

/** One candidate for each version that has a usable file, in no particular order. */
export function chooseCandidates(files: readonly IndexFile[], options: ChoiceOptions): SourcedCandidate[] {
  const { name, target } = options;
  const stated = options.hashes !== undefined && options.hashes.length > 0 ? options.hashes : undefined;
  const usable = readOffers(files, options).filter(({ refused }) => refused === undefined);
  const best = new Map<string, Offer>();
  for (const offer of stated === undefined ? usable : withoutOtherHashes(usable, stated)) {
    const known = best.get(offer.version.key);
    if (known === undefined || isBetter(offer, known, target)) best.set(offer.version.key, offer);
  }
  return [...best.values()].map(({ version, file, kind }) => ({
    name,
    version,
    yanked: file.yanked,
    ...(options.prefersWheels === true && kind === 'sdist' ? { rank: 1 } : {}),
    ...(file.requiresPython === undefined ? {} : { requiresPython: file.requiresPython }),
    file: stated === undefined ? { from: kind, file } : { from: kind, file, hashes: stated },
  }));
}

/** A function that ranks wheels by file name; undefined for a wheel that does not match. Caches the tags. */
export function createRanks({ tags }: WheelTarget): (filename: string) => number | undefined {
  const supported = new Map(tags.map((tag, rank) => [tag, rank]));
  const known = new Map<string, number | undefined>();
  return (filename) => {
    const compressed = /-([^-]+-[^-]+-[^-]+)\.whl$/i.exec(filename)?.[1];
    if (compressed === undefined) return undefined;
    if (!known.has(compressed)) known.set(compressed, tryRank(compressed, supported));
    return known.get(compressed);
  };
}

/** Whether `filename` could become a candidate. Rejecting a file here makes long pages cheap. */
export function mayBeUsed(
  filename: string,
  { wheels, sdists }: FormatPolicy,
  rankOf: ReturnType<typeof createRanks>,
): boolean {
  return filename.endsWith('.whl') ? wheels && rankOf(filename) !== undefined : sdists;
}

/** The files that name a version of the project, those that may not be used with the reason. */
export function readOffers(files: readonly IndexFile[], options: ChoiceOptions): Offer[] {
  const rankOf = createRanks(options.target);
  const versions = new Map<string, Version | undefined>();
  // A version has up to a hundred wheels.
  const versionOf = (text: string) => {
    if (!versions.has(text)) versions.set(text, tryParseVersion(text));
    return versions.get(text);
  };
  return files.flatMap((file): Offer[] => {
    const offer = file.filename.endsWith('.whl')
      ? wheelOffer(file, options, rankOf, versionOf)
      : sdistOffer(file, options);
    if (offer === undefined) return [];
    return isTooNew(file, options.uploadedBeforeMs) ? [{ ...offer, refused: 'upload-time' }] : [offer];
  });
}

function wheelOffer(
  file: IndexFile,
  { name, formats }: ChoiceOptions,
  rankOf: ReturnType<typeof createRanks>,
  versionOf: (text: string) => Version | undefined,
): Offer | undefined {
  // Like `parseWheelFilename` without the tags, whose ranks are known. Names that predate the rules are not candidates.
  const parts = file.filename.slice(0, -'.whl'.length).split('-');
  const build = parts.length === 6 ? /^\d+/.exec(parts[2]!)?.[0] : '-1';
  const version = versionOf(parts[1] ?? '');
  if (version === undefined || build === undefined || parts.length < 5 || parts.length > 6) return undefined;
  if (!isNamed(parts[0]!, name)) return undefined;
  const rank = rankOf(file.filename);
  const offer = { version, file, kind: 'index' as const, build: Number(build) };
  if (!formats.wheels) return { ...offer, rank: 0, refused: 'format' };
  return rank === undefined ? { ...offer, rank: 0, refused: 'tags' } : { ...offer, rank };
}

function sdistOffer(file: IndexFile, { name, formats }: ChoiceOptions): Offer | undefined {
  const version = sdistVersion(file.filename, name);
  if (version === undefined) return undefined;
  // Among sdists of one version, the formats of the present specification come first.
  const rank =
    Number.MAX_SAFE_INTEGER - (file.filename.endsWith('.tar.gz') ? 2 : file.filename.endsWith('.zip') ? 1 : 0);
  const offer = { version, file, kind: 'sdist' as const, rank, build: -1 };
  return formats.sdists ? offer : { ...offer, refused: 'format' };
}

/** The version in the name of an sdist. Old names contain dashes; the one before the version ends the project name. */
export function sdistVersion(filename: string, name: NormalizedName): Version | undefined {
  const stem = filename.replace(/\.(?:tar\.(?:gz|bz2|xz)|tgz|zip)$/i, '');
  if (stem === filename) return undefined;
  for (let dash = stem.indexOf('-'); dash !== -1; dash = stem.indexOf('-', dash + 1)) {
    if (
      stem
        .slice(0, dash)
        .toLowerCase()
        .replaceAll(/[-_.]+/g, '-') !== name
    )
      continue;
    const version = tryParseVersion(stem.slice(dash + 1));
    if (version !== undefined) return version;
  }
  return undefined;
}

/** If a file has one of the stated hashes, files with others are excluded. Files without a comparable hash are hashed later. */
function withoutOtherHashes(offers: readonly Offer[], stated: readonly string[]): readonly Offer[] {
  const compared = offers.map((offer) => [offer, compareHashes(offer.file, stated)] as const);
  // If every file has another hash, the fetch reports the mismatch with both values.
  if (!compared.some(([, answer]) => answer === 'equal')) return offers;
  return compared.filter(([, answer]) => answer !== 'different').map(([offer]) => offer);
}

/** Compares the hashes that the index states for a file with those of a requirement (`algorithm:hex`). */
export function compareHashes(file: IndexFile, stated: readonly string[]): 'equal' | 'different' | 'unknown' {
  let compared = false;
  for (const one of stated) {
    const colon = one.indexOf(':');
    const offered = file.hashes[one.slice(0, colon).toLowerCase()];
    if (offered === undefined) continue;
    if (offered === one.slice(colon + 1).toLowerCase()) return 'equal';
    compared = true;
  }
  // A hash of another algorithm may still match, so only a full comparison excludes a file.
  const isFull = stated.every((one) => file.hashes[one.slice(0, one.indexOf(':')).toLowerCase()] !== undefined);
  return compared && isFull ? 'different' : 'unknown';
}

function isTooNew({ uploadTime, source }: IndexFile, beforeMs: number | undefined): boolean {
  if (beforeMs === undefined || source === 'find-links') return false;
  const uploaded = uploadTime === undefined ? Number.NaN : Date.parse(uploadTime);
  return !(uploaded < beforeMs);
}

function isBetter(one: Offer, other: Offer, target: WheelTarget): boolean {
  if (one.file.requiresPython !== other.file.requiresPython) {
    const [fits, otherFits] = [one, other].map(({ file }) => fitsPython(file.requiresPython, target.versionText));
    if (fits !== otherFits) return fits === true;
  }
  const [yanked, otherYanked] = [one.file.yanked !== false, other.file.yanked !== false];
  if (yanked !== otherYanked) return !yanked;
  if (one.rank !== other.rank) return one.rank < other.rank;
  return one.build > other.build;
}

function fitsPython(requiresPython: string | undefined, versionText: string): boolean {
  if (requiresPython === undefined) return true;
  try {
    return satisfies(parseVersion(versionText), parseSpecifiers(requiresPython), { prereleases: true });
  } catch {
    return true; // An invalid specifier excludes nothing.
  }
}

function tryRank(compressed: string, supported: ReadonlyMap<string, number>): number | undefined {
  try {
    return tagRank(expandTags(compressed), supported);
  } catch {
    return undefined; // An invalid tag matches no target.
  }
}

function isNamed(text: string, name: NormalizedName): boolean {
  return text === name || text.toLowerCase().replaceAll(/[-_.]+/g, '-') === name;
}
