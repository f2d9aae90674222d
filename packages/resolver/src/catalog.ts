// What is known of each package during a resolution: its candidates in order of preference, which of them may not be used
// and why, and which of them a requirement means. Policy that depends on what is asked for (pre-releases, yanked versions,
// looking beyond what is installed, candidates by URL) is kept as permissions. They only ever grow; when one is granted
// after the package was looked at, `isStale` says so and the search starts again with what is known by then.
import { redactUrls } from '@wheelwright/errors';
import {
  allowsPrereleases,
  compareVersions,
  isPinned,
  isPrerelease,
  type NormalizedName,
  type Requirement,
  type SpecifierSet,
} from '@wheelwright/packaging';
import { ResolverError } from './errors.ts';
import type { Candidate } from './ports.ts';
import { describeUnfitPython, pythonFits } from './python-fits.ts';
import { SpecifierSets } from './specifier-set.ts';
import type { PrereleasePolicy, ResolveOptions } from './types.ts';
import { everything, includes, indices, none, only, setWhere, type VersionSet } from './version-set.ts';

export interface Exclusion {
  readonly reason: string;
  readonly set: VersionSet;
}

export interface Package {
  readonly name: NormalizedName;
  /** The newest first; behind them, in any order, candidates by URL. */
  readonly candidates: readonly Candidate[];
  /** How many of them are in order. */
  readonly sorted: number;
  /** The candidate to try before all others: what is installed, or what an earlier lock chose. */
  readonly preferred: number | undefined;
  /** The candidates of each rank, those to try first in front. */
  readonly ranks: readonly VersionSet[];
  readonly all: VersionSet;
  readonly exclusions: readonly Exclusion[];
  /** Where the candidates are from: `installed` when only that was looked at, `given` when a URL or path names one. */
  readonly from: 'offered' | 'installed' | 'given';
  readonly sets: SpecifierSets;
}

export class Catalog {
  /** Whether a permission was granted that changes a package already looked at. */
  isStale = false;
  readonly #options: ResolveOptions;
  readonly #listings = new Map<NormalizedName, Promise<readonly Candidate[]>>();
  readonly #listedSets = new Map<NormalizedName, SpecifierSets>();
  readonly #packages = new Map<NormalizedName, Package>();
  readonly #outdated = new Set<NormalizedName>();
  /** Names whose pre-releases count as any other version, as a root names one. */
  readonly #prereleases = new Set<NormalizedName>();
  /** Names whose pre-releases are tried after every final version, as something can be met by them alone. */
  readonly #latePrereleases = new Set<NormalizedName>();
  readonly #yanked = new Set<string>();
  readonly #beyondInstalled = new Set<NormalizedName>();
  readonly #byUrl = new Map<NormalizedName, Map<string, Candidate>>();
  readonly #refusedUrls = new Set<string>();
  /** Names whose only candidate was given from outside. */
  readonly #given = new Map<NormalizedName, { readonly candidate: Candidate; readonly url: string | undefined }>();
  /** Names of which the lowest version is tried first; `all` stands for every name. */
  readonly #lowestFirst: ReadonlySet<NormalizedName> | 'all';

  constructor(options: ResolveOptions) {
    this.#options = options;
    const direct = options.requirements.map(({ requirement }) => requirement.normalizedName);
    const { versionOrder } = options;
    this.#lowestFirst = versionOrder === 'lowest' ? 'all' : new Set(versionOrder === 'lowest-direct' ? direct : []);
  }

  /** Begins a search with all permissions granted so far. */
  refresh(): void {
    for (const name of this.#outdated) this.#packages.delete(name);
    this.#outdated.clear();
    this.isStale = false;
  }

  /** Fixes the only candidate of its name. Two different ones for a name are a conflict of the question itself. */
  give(candidate: Candidate, url: string | undefined, source: string): void {
    const known = this.#given.get(candidate.name);
    if (known !== undefined && (known.url !== url || known.candidate.file !== candidate.file)) {
      const urls = [known.url, url].map((one) => redactUrls(one ?? 'a given file'));
      throw new ResolverError('RESOLVE_CONFLICT', `${candidate.name} is asked for as ${urls[0]} and as ${urls[1]}.`, {
        hint: 'Ask for one of them only.',
        data: { packages: [candidate.name], source },
      });
    }
    this.#given.set(candidate.name, { candidate, url });
  }

  /** Asks for the candidates of `names`, all at the same time, unless what is installed may do. */
  async load(names: Iterable<NormalizedName>): Promise<void> {
    const wanted = [...new Set(names)].filter((name) => !this.#packages.has(name));
    for (const name of wanted) if (!this.#isKnownWithoutAsking(name)) this.#list(name);
    // One after the other, so that of several failures always the same one is thrown.
    for (const name of wanted) this.#packages.set(name, await this.#open(name));
  }

  /** The candidate that will be chosen if nothing else is asked of its package. */
  async guess({ normalizedName: name, specifiers }: Requirement, isDirect: boolean): Promise<Candidate | undefined> {
    const known = this.#given.get(name)?.candidate ?? (this.#isLimited(name) && this.#options.installed?.get(name));
    if (known) return known;
    const prereleases = this.#allowsPrereleases(name) || (isDirect && this.#isNamed(name, specifiers));
    const { pythonVersion, preferred } = this.#options;
    const mayBeChosen = ({ version, yanked, requiresPython }: Candidate) =>
      yanked === false &&
      (prereleases || !isPrerelease(version)) &&
      (requiresPython === undefined || pythonFits(requiresPython, pythonVersion));
    const listed = await this.#list(name);
    const fitting = indices(this.#setsOf(name, listed).of(specifiers)).filter((index) => mayBeChosen(listed[index]!));
    const earlier = preferred?.get(name);
    const again = earlier && fitting.find((index) => listed[index]!.version.key === earlier.key);
    return listed[again ?? fitting.at(this.#triesLowestFirst(name) ? -1 : 0) ?? -1];
  }

  /** The first `count` candidates of `set` in the order in which they are to be tried. */
  inOrder(name: NormalizedName, set: VersionSet, count: number): number[] {
    const { preferred, ranks, sorted } = this.get(name);
    const isPreferred = preferred !== undefined && includes(set, preferred);
    const found = isPreferred ? [preferred] : [];
    const others = isPreferred ? set & ~only(preferred) : set;
    const lowestFirst = this.#triesLowestFirst(name);
    for (const rank of ranks) {
      const missing = count - found.length;
      if (missing <= 0) break;
      if (!lowestFirst) found.push(...indices(others & rank, missing));
      else {
        const left = indices(others & rank);
        const usual = [...left.filter((index) => index < sorted).reverse(), ...left.filter((index) => index >= sorted)];
        found.push(...usual.slice(0, missing));
      }
    }
    return found;
  }

  get(name: NormalizedName): Package {
    const found = this.#packages.get(name);
    if (found === undefined) throw new Error(`bug: ${name} was not loaded`);
    return found;
  }

  /**
   * The candidates that `requirement` means, before exclusions; grants what it asks for by its form. Only a requirement
   * from outside (`isDirect`) makes pre-releases count as any other version by naming one.
   */
  meant(requirement: Requirement, isDirect: boolean): VersionSet {
    const known = this.get(requirement.normalizedName);
    if (requirement.url !== undefined) return this.#meantByUrl(known, requirement.url);
    const { specifiers } = requirement;
    const set = known.sets.of(specifiers);
    if (known.from === 'installed' && set === none) this.#grant(this.#beyondInstalled, known.name);
    if (isDirect && set !== none && this.#isNamed(known.name, specifiers)) this.#grant(this.#prereleases, known.name);
    if (this.#onlyPrereleases(known, set)) this.#grant(this.#latePrereleases, known.name);
    if (isPinned(specifiers) !== undefined) {
      for (const index of indices(set)) {
        const { yanked, version } = known.candidates[index]!;
        if (yanked !== false) this.#grant(this.#yanked, `${known.name} ${version.key}`);
      }
    }
    return set;
  }

  /** Makes the candidate of a dependency by URL known; false when the provider cannot say what it is. */
  async loadByUrl(requirement: Requirement): Promise<boolean> {
    const { normalizedName: name, url = '' } = requirement;
    if (this.#given.has(name) || this.#byUrl.get(name)?.has(url)) return true;
    if (this.#options.provider.direct === undefined) return false;
    const candidate = await this.#options.provider.direct(requirement);
    const known = this.#byUrl.get(name) ?? new Map<string, Candidate>();
    this.#byUrl.set(name, known.set(url, candidate));
    this.#forget(name);
    return true;
  }

  /** Grants what might turn a failure about these packages into a solution; false when nothing is left to grant. */
  widen(asked: ReadonlyMap<NormalizedName, VersionSet>): boolean {
    for (const [name, set] of asked) {
      const known = this.get(name);
      if (known.from === 'installed') this.#grant(this.#beyondInstalled, name);
      if (this.#onlyPrereleases(known, set)) this.#grant(this.#latePrereleases, name);
    }
    return this.isStale;
  }

  /** Removes a candidate by URL that no requirement of the solution names by that URL. */
  refuseUnasked(candidate: Candidate, asked: ReadonlySet<string>): void {
    for (const [url, known] of this.#byUrl.get(candidate.name) ?? []) {
      if (known !== candidate || asked.has(url)) continue;
      this.#refusedUrls.add(url);
      this.#forget(candidate.name);
    }
  }

  #isKnownWithoutAsking(name: NormalizedName): boolean {
    return this.#given.has(name) || this.#isLimited(name);
  }

  #isLimited(name: NormalizedName): boolean {
    const { installed, upgrade } = this.#options;
    return upgrade === 'none' && installed?.has(name) === true && !this.#beyondInstalled.has(name);
  }

  #list(name: NormalizedName): Promise<readonly Candidate[]> {
    let listing = this.#listings.get(name);
    if (listing === undefined) {
      listing = this.#options.provider.candidates(name).then(newestFirst);
      listing.catch(() => {}); // thrown when its turn comes
      this.#listings.set(name, listing);
    }
    return listing;
  }

  /** The sets of what is listed for `name`. */
  #setsOf(name: NormalizedName, listed: readonly Candidate[]): SpecifierSets {
    let sets = this.#listedSets.get(name);
    if (sets === undefined) {
      sets = new SpecifierSets(
        listed.map(({ version }) => version),
        listed.length,
      );
      this.#listedSets.set(name, sets);
    }
    return sets;
  }

  async #open(name: NormalizedName): Promise<Package> {
    const given = this.#given.get(name);
    const from = given !== undefined ? 'given' : this.#isLimited(name) ? 'installed' : 'offered';
    const installed = this.#options.installed?.get(name);
    const byUrl = this.#candidatesByUrl(name);
    const versions =
      given !== undefined
        ? [given.candidate]
        : withInstalled(from === 'installed' ? [] : await this.#list(name), installed);
    const candidates = given === undefined ? [...versions, ...byUrl] : versions;
    const fixed = new Set([given?.candidate, installed, ...byUrl]);
    const exclusions = this.#exclusions(name, candidates, fixed);
    const sorted = versions.length;
    return {
      name,
      candidates,
      sorted,
      preferred: this.#preferredOf(name, versions, installed),
      ranks: ranksOf(
        candidates,
        (one) => isPrerelease(one.version) && !this.#allowsPrereleases(name) && !fixed.has(one),
      ),
      all: everything(candidates.length),
      exclusions,
      from,
      sets: new SpecifierSets(
        candidates.map(({ version }) => version),
        sorted,
      ),
    };
  }

  #preferredOf(name: NormalizedName, candidates: readonly Candidate[], installed: Candidate | undefined) {
    const { upgrade, preferred } = this.#options;
    const version = preferred?.get(name);
    const kept = installed === undefined || upgrade === 'all' ? -1 : candidates.indexOf(installed);
    const index = kept !== -1 ? kept : candidates.findIndex((one) => one.version.key === version?.key);
    return index === -1 ? undefined : index;
  }

  #triesLowestFirst(name: NormalizedName): boolean {
    return this.#lowestFirst === 'all' || this.#lowestFirst.has(name);
  }

  #exclusions(name: NormalizedName, candidates: readonly Candidate[], fixed: ReadonlySet<unknown>): Exclusion[] {
    const { pythonVersion } = this.#options;
    const noPrereleases = !this.#allowsPrereleases(name) && !this.#latePrereleases.has(name);
    const grouped = new Map<string, Set<number>>();
    candidates.forEach((candidate, index) => {
      if (fixed.has(candidate)) return;
      const { version, yanked, requiresPython } = candidate;
      let reason: string | undefined;
      if (requiresPython !== undefined && !pythonFits(requiresPython, pythonVersion)) {
        reason = describeUnfitPython(requiresPython, pythonVersion);
      } else if (yanked !== false && !this.#yanked.has(`${name} ${version.key}`))
        reason = typeof yanked === 'string' && yanked !== '' ? `yanked: ${yanked}` : 'yanked';
      else if (noPrereleases && isPrerelease(version)) reason = 'pre-release';
      if (reason !== undefined) grouped.set(reason, (grouped.get(reason) ?? new Set()).add(index));
    });
    return [...grouped].map(([reason, found]) => ({
      reason,
      set: setWhere(candidates.length, (index) => found.has(index)),
    }));
  }

  #allowsPrereleases(name: NormalizedName): boolean {
    return this.#policyOf(name) === 'allow' || this.#prereleases.has(name);
  }

  #isNamed(name: NormalizedName, specifiers: SpecifierSet): boolean {
    return this.#policyOf(name) !== 'disallow' && allowsPrereleases(specifiers);
  }

  #policyOf(name: NormalizedName): PrereleasePolicy {
    return this.#options.prereleasesOf?.get(name) ?? this.#options.prereleases ?? 'if-necessary';
  }

  #candidatesByUrl(name: NormalizedName): Candidate[] {
    return [...(this.#byUrl.get(name) ?? [])].flatMap(([url, candidate]) =>
      this.#refusedUrls.has(url) ? [] : [candidate],
    );
  }

  #meantByUrl(known: Package, url: string): VersionSet {
    const given = this.#given.get(known.name);
    if (given !== undefined) return given.url === url ? only(0) : none;
    const candidate = this.#refusedUrls.has(url) ? undefined : this.#byUrl.get(known.name)?.get(url);
    return candidate === undefined ? none : setWhere(known.candidates.length, (i) => known.candidates[i] === candidate);
  }

  /** Whether pre-releases are all that is left of `set` (PEP 440, *Handling of pre-releases*). */
  #onlyPrereleases(known: Package, set: VersionSet): boolean {
    if (this.#policyOf(known.name) !== 'if-necessary') return false;
    const unusable = known.exclusions.reduce((sum, one) => (one.reason === 'pre-release' ? sum : sum | one.set), none);
    const usable = indices(set & ~unusable);
    return usable.length > 0 && usable.every((index) => isPrerelease(known.candidates[index]!.version));
  }

  #grant<T extends string>(permissions: Set<T>, permission: T): void {
    if (permissions.has(permission)) return;
    permissions.add(permission);
    this.#forget(permission.split(' ')[0] as NormalizedName);
  }

  /** The next search reads the package again; this one keeps its facts. */
  #forget(name: NormalizedName): void {
    if (!this.#packages.has(name)) return;
    this.#outdated.add(name);
    this.isStale = true;
  }
}

/** Each version once, the newest first. */
function newestFirst(offered: readonly Candidate[]): readonly Candidate[] {
  const versions = new Map<string, Candidate>();
  for (const candidate of offered)
    if (!versions.has(candidate.version.key)) versions.set(candidate.version.key, candidate);
  return [...versions.values()].sort((a, b) => compareVersions(b.version, a.version));
}

/** `sorted` with the installed candidate in place of the offered one of its version. */
function withInstalled(sorted: readonly Candidate[], installed: Candidate | undefined): readonly Candidate[] {
  if (installed === undefined) return sorted;
  const others = sorted.filter(({ version }) => version.key !== installed.version.key);
  return newestFirst([installed, ...others]);
}

/** The candidates by rank; those that are late come after all others. */
function ranksOf(candidates: readonly Candidate[], isLate: (candidate: Candidate) => boolean): VersionSet[] {
  const rankOf = (candidate: Candidate) => (candidate.rank ?? 0) + (isLate(candidate) ? 1e6 : 0);
  const ranks = [...new Set(candidates.map(rankOf))];
  if (ranks.length < 2) return [everything(candidates.length)];
  ranks.sort((a, b) => a - b);
  return ranks.map((one) => setWhere(candidates.length, (index) => rankOf(candidates[index]!) === one));
}
