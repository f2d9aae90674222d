// Version specifiers: read them, and decide what they admit (specification "Version specifiers"). The rules of `<` and
// `>` around pre-, post- and local releases follow the specification as `packaging` 26 reads it.

import { PackagingError, quote } from '../packaging-error.ts';
import {
  compareVersions,
  firstDevelopmentKey,
  isPrerelease,
  publicKey,
  releaseDigits,
  tryParseVersion,
  type Version,
} from './version.ts';

/** The operators of a clause (specification "Version specifiers"). */
export type SpecifierOperator = '==' | '!=' | '<=' | '>=' | '<' | '>' | '~=' | '===';

/** One clause, such as `>=1.2` or `==1.2.*`. */
export interface Specifier {
  /** How versions are compared. */
  readonly operator: SpecifierOperator;
  /** As written, without the `.*` of a wildcard. */
  readonly version: string;
  /** Whether `.*` ends the clause; for `==` and `!=` only. */
  readonly wildcard: boolean;
  /** The version that `version` spells; undefined only for `===` with something else. */
  readonly parsed: Version | undefined;
}

/** Clauses that all must hold; none of them admits every version. */
export interface SpecifierSet {
  /** The clauses in the order written. */
  readonly specifiers: readonly Specifier[];
}

/** How pre-releases are treated. */
export interface SatisfiesOptions {
  /** Whether pre-releases may satisfy; by default only where a clause names one. */
  readonly prereleases?: boolean | undefined;
}

const operatorPattern = /^(===|==|~=|!=|<=|>=|<|>)[ \t\n\r\f\v]*/;

/**
 * The set that `text` spells: clauses separated by commas, where empty items are skipped. Throws
 * `PACKAGING_INVALID_SPECIFIER` for a clause that the grammar does not have.
 */
export function parseSpecifiers(text: string): SpecifierSet {
  const items = text.split(',').map((item) => item.trim());
  return { specifiers: items.filter((item) => item !== '').map(parseSpecifier) };
}

/** The set as text, its clauses in their order. */
export function formatSpecifiers(set: SpecifierSet): string {
  return set.specifiers.map((specifier) => specifier.operator + writtenVersion(specifier)).join(',');
}

/** The clauses of both, each once. */
export function mergeSpecifiers(a: SpecifierSet, b: SpecifierSet): SpecifierSet {
  const all = new Map<string, Specifier>();
  for (const specifier of [...a.specifiers, ...b.specifiers]) {
    const key = specifier.operator + writtenVersion(specifier);
    if (!all.has(key)) all.set(key, specifier);
  }
  return { specifiers: [...all.values()] };
}

/**
 * Whether `version` meets every clause of `set`. A text that is not a version meets `===` of the same text, an empty set, and
 * no other clause, `!=` included.
 */
export function satisfies(version: Version | string, set: SpecifierSet, options: SatisfiesOptions = {}): boolean {
  const parsed = typeof version === 'string' ? tryParseVersion(version) : version;
  if (parsed && isPrerelease(parsed) && !(options.prereleases ?? allowsPrereleases(set))) return false;
  const written = typeof version === 'string' ? version : version.written;
  return set.specifiers.every((specifier) => meets(parsed, written, specifier));
}

/**
 * The `versions` that meet every clause of `set`, in their order: final releases, and pre-releases where
 * `prereleases` is true, a clause names one, or no final release meets the set. `prereleases: false` leaves them out.
 */
export function filterVersions<Candidate extends Version | string>(
  versions: readonly Candidate[],
  set: SpecifierSet,
  options: SatisfiesOptions = {},
): readonly Candidate[] {
  const { prereleases = allowsPrereleases(set) || undefined } = options;
  const matching = versions.filter((version) => satisfies(version, set, { prereleases: true }));
  if (prereleases === true) return matching;
  const parse = (version: Version | string) => (typeof version === 'string' ? tryParseVersion(version) : version);
  const final = matching.filter((version) => {
    const parsed = parse(version);
    return parsed === undefined || !isPrerelease(parsed);
  });
  return prereleases === false || final.some((version) => parse(version) !== undefined) ? final : matching;
}

/** Whether a clause names a pre-release, which asks for pre-releases (`!=` and wildcards do not). */
export function allowsPrereleases(set: SpecifierSet): boolean {
  return set.specifiers.some(
    ({ operator, wildcard, parsed }) => operator !== '!=' && !wildcard && parsed !== undefined && isPrerelease(parsed),
  );
}

/** The one version that `set` leaves, when a clause `==` or `===` names it and the others agree. */
export function isPinned(set: SpecifierSet): Version | undefined {
  for (const { operator, wildcard, parsed } of set.specifiers) {
    if ((operator !== '==' && operator !== '===') || wildcard || parsed === undefined) continue;
    return satisfies(parsed, set, { prereleases: true }) ? parsed : undefined;
  }
  return undefined;
}

/** One clause without space around it; throws `PACKAGING_INVALID_SPECIFIER`. Only `===` may hold a comma. */
export function parseSpecifier(text: string): Specifier {
  const operator = operatorPattern.exec(text);
  if (!operator) throw invalid(text, 'it does not begin with one of ==, !=, <=, >=, <, >, ~=, ===');
  const name = operator[1] as SpecifierOperator;
  const written = text.slice(operator[0].length);
  if (name === '===') {
    if (written === '' || /[\s;)]/.test(written)) throw invalid(text, '=== takes one word');
    return { operator: name, version: written, wildcard: false, parsed: tryParseVersion(written) };
  }
  const wildcard = written.endsWith('.*');
  const version = wildcard ? written.slice(0, -2) : written;
  const parsed = tryParseVersion(version);
  if (!parsed) throw invalid(text, `${quote(written)} is not a version`);
  checkShape(text, name, parsed, wildcard, version);
  return { operator: name, version, wildcard, parsed };
}

function checkShape(
  text: string,
  operator: SpecifierOperator,
  parsed: Version,
  wildcard: boolean,
  version: string,
): void {
  const equality = operator === '==' || operator === '!=';
  if (wildcard && !equality) throw invalid(text, '.* goes with == and != only');
  if (wildcard && !/^v?(?:[0-9]+!)?[0-9.]+$/i.test(version)) throw invalid(text, '.* follows a plain release only');
  if (parsed.local !== undefined && !equality) throw invalid(text, 'a local version goes with == and != only');
  if (operator === '~=' && parsed.release.length < 2) throw invalid(text, '~= needs two numbers, as in ~=1.4');
}

function meets(version: Version | undefined, written: string, specifier: Specifier): boolean {
  const { operator, wildcard, parsed } = specifier;
  if (operator === '===') return written.toLowerCase() === specifier.version.toLowerCase();
  if (version === undefined) return false;
  const target = parsed!;
  switch (operator) {
    case '==':
      return wildcard ? hasPrefix(version, target, target.release.length) : equals(version, target);
    case '!=':
      return wildcard ? !hasPrefix(version, target, target.release.length) : !equals(version, target);
    case '~=':
      return compareVersions(version, target) >= 0 && hasPrefix(version, target, target.release.length - 1);
    case '<=':
      return publicKey(version) <= target.key;
    case '>=':
      return version.key >= target.key;
    case '<':
      return version.key < (isPrerelease(target) ? target.key : firstDevelopmentKey(target));
    case '>':
      return publicKey(version) > target.key && !isPostReleaseOf(version, target);
  }
}

// A local part counts only where the clause has one.
function equals(version: Version, target: Version): boolean {
  return (target.local === undefined ? publicKey(version) : version.key) === target.key;
}

function hasPrefix(version: Version, target: Version, length: number): boolean {
  if (version.epoch !== target.epoch) return false;
  const [have, want] = [releaseDigits(version), releaseDigits(target)];
  for (let index = 0; index < length; index += 1) if ((have[index] ?? '0') !== want[index]) return false;
  return true;
}

// `>1.0` leaves out 1.0.post1, unless the clause itself names a post- or development release.
function isPostReleaseOf(version: Version, target: Version): boolean {
  if (target.post !== undefined || target.dev !== undefined || version.post === undefined) return false;
  if (version.pre?.label !== target.pre?.label || version.pre?.number !== target.pre?.number) return false;
  const length = Math.max(version.release.length, target.release.length);
  const padded = [...releaseDigits(target), ...Array<string>(length - target.release.length).fill('0')];
  const have = releaseDigits(version);
  return version.epoch === target.epoch && padded.every((digits, index) => digits === (have[index] ?? '0'));
}

function writtenVersion({ version, wildcard }: Specifier): string {
  return wildcard ? `${version}.*` : version;
}

function invalid(text: string, reason: string): PackagingError {
  return new PackagingError(
    'PACKAGING_INVALID_SPECIFIER',
    `${quote(text)} is not a valid version specifier: ${reason}.`,
    {
      hint: 'Write clauses such as ">=1.2,<2" or "==1.4.*".',
      data: { specifier: text },
    },
  );
}
