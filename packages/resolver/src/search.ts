// One search: requirements made into incompatibilities, versions tried, metadata asked for ahead of need. Every choice
// depends on what was answered, never on when: the same answers give the same solution.
import { formatRequirement, type NormalizedName, type Requirement } from '@wheelwright/packaging';
import type { Ahead } from './ahead.ts';
import type { Catalog } from './catalog.ts';
import type { DependencyReader } from './dependencies.ts';
import { type Cause, type Incompatibility, incompatible, type PackageKey, root } from './incompatibility.ts';
import type { Candidate } from './ports.ts';
import { Solver } from './solver.ts';
import type { ResolveOptions, RootRequirement } from './types.ts';
import { absent, firstIndex, includes, indices, only, type VersionSet } from './version-set.ts';

export type Outcome =
  | { readonly kind: 'solved'; readonly solution: ReadonlyMap<PackageKey, Candidate> }
  | { readonly kind: 'failed'; readonly failure: Incompatibility }
  /** A permission was granted on the way: search again. */
  | { readonly kind: 'stale' };

/** After so many conflicts of a package its further versions are asked for several at once. */
const patience = 3;
const lookAhead = 8;

export async function search(
  options: ResolveOptions,
  roots: readonly RootRequirement[],
  catalog: Catalog,
  reader: DependencyReader,
  ahead: Ahead,
): Promise<Outcome> {
  catalog.refresh();
  return new Search(options, roots, catalog, reader, ahead).run();
}

class Search {
  readonly #options: ResolveOptions;
  readonly #roots: readonly RootRequirement[];
  readonly #catalog: Catalog;
  readonly #reader: DependencyReader;
  readonly #ahead: Ahead;
  readonly #everything = (key: PackageKey): VersionSet =>
    key === root ? only(0) | absent : this.#catalog.get(nameOf(key)).all;
  readonly #solver = new Solver(this.#everything);
  readonly #introduced = new Set<NormalizedName>();
  /** Of each pair of packages, the incompatibilities by what is required: equal ones of many versions become one. */
  readonly #merged = new Map<string, Map<VersionSet, Incompatibility>>();
  readonly #tied = new Set<string>();

  constructor(
    options: ResolveOptions,
    roots: readonly RootRequirement[],
    catalog: Catalog,
    reader: DependencyReader,
    ahead: Ahead,
  ) {
    this.#options = options;
    this.#roots = roots;
    this.#catalog = catalog;
    this.#reader = reader;
    this.#ahead = ahead;
  }

  async run(): Promise<Outcome> {
    for (const { requirement } of this.#roots) this.#ahead.expect(requirement);
    await this.#introduce(this.#roots.map(({ requirement }) => requirement.normalizedName));
    for (const { requirement, source } of this.#roots) this.#requireFromRoot(requirement, source);
    if (this.#catalog.isStale) return { kind: 'stale' };
    this.#solver.decide(root, only(0));
    for (let changed = root; ; ) {
      const failure = this.#solver.propagate(changed);
      if (failure !== undefined) return { kind: 'failed', failure };
      const key = this.#next();
      if (key === undefined) return { kind: 'solved', solution: this.#solution() };
      await this.#tryVersion(key);
      if (this.#catalog.isStale) return { kind: 'stale' };
      this.#options.signal?.throwIfAborted();
      changed = key;
    }
  }

  /** The package to decide next: where there is no choice, then where conflicts were, then as they were met. */
  #next(): PackageKey | undefined {
    const open = this.#solver.undecided().filter((key) => key !== root);
    // An extra follows its distribution: that is always undecided as long as the extra could still choose.
    const bases = open.filter((key) => extraOf(key) === undefined);
    const eligible = bases.length > 0 ? bases : open;
    for (const key of open) this.#prefetch(key);
    let best: { key: PackageKey; single: boolean; conflicts: number } | undefined;
    for (const key of eligible) {
      const left = this.#solver.left(key);
      const candidate = { key, single: (left & (left - 1n)) === 0n, conflicts: this.#solver.conflicts(key) };
      if (best === undefined || isBefore(candidate, best)) best = candidate;
    }
    return best?.key;
  }

  #prefetch(key: PackageKey): void {
    const { candidates } = this.#catalog.get(nameOf(key));
    const left = this.#solver.left(key);
    const likely = this.#choose(key);
    if (likely !== undefined) this.#ahead.follow(candidates[likely]!, extraOf(key));
    if (this.#solver.conflicts(key) < patience) return;
    for (const index of indices(left).slice(0, lookAhead)) this.#ahead.follow(candidates[index]!, extraOf(key));
  }

  /** For an extra, the version of its distribution. What is installed, where that is wanted; else the best left. */
  #choose(key: PackageKey): number | undefined {
    if (extraOf(key) !== undefined && this.#solver.isDecided(nameOf(key))) {
      return firstIndex(this.#solver.left(nameOf(key)));
    }
    const left = this.#solver.left(key);
    const { candidates, name } = this.#catalog.get(nameOf(key));
    const installed = this.#options.upgrade === 'none' ? this.#options.installed?.get(name) : undefined;
    const kept = installed === undefined ? -1 : candidates.indexOf(installed);
    return kept >= 0 && includes(left, kept) ? kept : firstIndex(left);
  }

  async #tryVersion(key: PackageKey): Promise<void> {
    const index = this.#choose(key);
    if (index === undefined) throw new Error(`bug: nothing is left of ${key}`);
    const candidate = this.#catalog.get(nameOf(key)).candidates[index]!;
    const version = only(index);
    if (!includes(this.#solver.left(key), index)) return void this.#tieExtras(key, index); // a conflict to learn from
    const dependencies = await this.#reader.read(candidate, extraOf(key));
    if (dependencies.kind === 'unusable') {
      return this.#add([[key, version]], { kind: 'unusable', target: key, reason: dependencies.reason });
    }
    await this.#introduce(dependencies.requirements.map((one) => one.normalizedName));
    for (const requirement of dependencies.requirements) {
      if (requirement.url === undefined || (await this.#catalog.loadByUrl(requirement))) continue;
      const reason = `requires ${requirement.name} from a URL`;
      return this.#add([[key, version]], { kind: 'unusable', target: key, reason });
    }
    if (this.#catalog.isStale) return;
    const added = [
      ...dependencies.requirements.flatMap((one) => this.#requireFrom(key, version, one)),
      ...this.#tieExtras(key, index),
    ];
    if (added.some((one) => this.#solver.forbids(one, key, version))) return; // propagation takes this version out
    this.#solver.decide(key, version);
  }

  /** Loads packages, and says of each what is true of it whoever requires it. */
  async #introduce(names: Iterable<NormalizedName>): Promise<void> {
    const fresh = [...new Set(names)].filter((name) => !this.#introduced.has(name));
    await this.#catalog.load(fresh);
    for (const name of fresh) {
      this.#introduced.add(name);
      for (const { reason, set } of this.#catalog.get(name).exclusions) {
        this.#add([[name, set]], { kind: 'unusable', target: name, reason });
      }
      for (const { requirement, source } of this.#options.constraints ?? []) {
        if (requirement.normalizedName !== name) continue;
        const refused = this.#everything(name) & ~this.#catalog.meant(requirement) & ~absent;
        this.#add([[name, refused]], { kind: 'constraint', source, text: textOf(requirement), target: name });
      }
    }
  }

  #requireFromRoot(requirement: Requirement, source: string): void {
    const meant = this.#catalog.meant(requirement);
    const text = textOf(requirement);
    for (const target of keysOf(requirement)) {
      const cause: Cause = { kind: 'requirement', source, text, target };
      this.#add(
        [
          [root, only(0)],
          [target, this.#everything(target) & ~meant],
        ],
        cause,
      );
    }
  }

  #requireFrom(from: PackageKey, version: VersionSet, requirement: Requirement): Incompatibility[] {
    const meant = this.#catalog.meant(requirement);
    const text = textOf(requirement);
    return keysOf(requirement).flatMap((target) => {
      const pair = `${from} ${target}`;
      const known = this.#merged.get(pair) ?? new Map<VersionSet, Incompatibility>();
      this.#merged.set(pair, known);
      const before = known.get(meant);
      // A package that names itself requires nothing of another: such pairs are not merged.
      const versions = target === from ? version : version | (before?.terms.get(from) ?? 0n);
      const terms: [PackageKey, VersionSet][] = [
        [from, versions],
        [target, this.#everything(target) & ~meant],
      ];
      const added = incompatible(terms, this.#everything, { kind: 'dependency', from, text, target });
      if (added === undefined) return [];
      if (before !== undefined) this.#solver.remove(before);
      if (target !== from) known.set(meant, added);
      this.#solver.add(added);
      return [added];
    });
  }

  /** An extra has the version of its distribution, whichever of the two is decided first. */
  #tieExtras(key: PackageKey, index: number): Incompatibility[] {
    const name = nameOf(key);
    const extras = extraOf(key) === undefined ? this.#solver.undecided().filter((one) => isExtraOf(one, name)) : [key];
    return extras.flatMap((extra) => {
      const pair = `${extra} ${index}`;
      if (this.#tied.has(pair)) return [];
      this.#tied.add(pair);
      const others = this.#everything(name) & ~only(index) & ~absent;
      const cause: Cause = { kind: 'same-version', target: extra };
      const both = [
        incompatible(
          [
            [name, only(index)],
            [extra, others],
          ],
          this.#everything,
          cause,
        ),
        incompatible(
          [
            [extra, only(index)],
            [name, others],
          ],
          this.#everything,
          cause,
        ),
      ].filter((one) => one !== undefined);
      for (const one of both) this.#solver.add(one);
      return both;
    });
  }

  #add(terms: [PackageKey, VersionSet][], cause: Cause): void {
    const added = incompatible(terms, this.#everything, cause);
    if (added !== undefined) this.#solver.add(added);
  }

  #solution(): Map<PackageKey, Candidate> {
    const solution = new Map<PackageKey, Candidate>();
    for (const key of this.#solver.decided()) {
      if (key === root) continue;
      const index = firstIndex(this.#solver.left(key));
      if (index === undefined) throw new Error(`bug: ${key} was decided on nothing`);
      solution.set(key, this.#catalog.get(nameOf(key)).candidates[index]!);
    }
    return solution;
  }
}

export function nameOf(key: PackageKey): NormalizedName {
  const bracket = key.indexOf('[');
  return (bracket === -1 ? key : key.slice(0, bracket)) as NormalizedName;
}

export function extraOf(key: PackageKey): NormalizedName | undefined {
  const bracket = key.indexOf('[');
  return bracket === -1 ? undefined : (key.slice(bracket + 1, -1) as NormalizedName);
}

/** The distribution first, then each extra. */
export function keysOf({ normalizedName, extras }: Requirement): PackageKey[] {
  return [normalizedName, ...extras.map((extra) => `${normalizedName}[${extra}]`)];
}

function isExtraOf(key: PackageKey, name: NormalizedName): boolean {
  return extraOf(key) !== undefined && nameOf(key) === name;
}

function textOf(requirement: Requirement): string {
  const { marker: _decided, ...rest } = requirement;
  return formatRequirement(rest);
}

function isBefore(a: { single: boolean; conflicts: number }, b: { single: boolean; conflicts: number }): boolean {
  if (a.single !== b.single) return a.single;
  return a.conflicts > b.conflicts;
}
