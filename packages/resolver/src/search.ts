// One search: requirements made into incompatibilities, versions tried, metadata asked for ahead of need. Every choice
// depends on what was answered, never on when: the same answers give the same solution.
import { formatRequirement, type NormalizedName, type Requirement } from '@wheelwright/packaging';
import type { Ahead } from './ahead.ts';
import type { Catalog } from './catalog.ts';
import type { DependencyReader } from './dependencies.ts';
import { type Cause, type Incompatibility, incompatible, type PackageKey, root } from './incompatibility.ts';
import type { Candidate } from './ports.ts';
import { Priorities } from './priorities.ts';
import { Solver } from './solver.ts';
import type { ResolveOptions, RootRequirement } from './types.ts';
import { absent, firstIndex, includes, none, only, type VersionSet } from './version-set.ts';

export type Outcome =
  | { readonly kind: 'solved'; readonly solution: ReadonlyMap<PackageKey, Candidate> }
  | { readonly kind: 'failed'; readonly failure: Incompatibility }
  /** A permission was granted on the way: search again. */
  | { readonly kind: 'stale' };

/** From the second refused version on, further ones are asked for: twice as many each time, up to this. */
const mostAhead = 64;

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
  readonly #priorities = new Priorities();
  readonly #solver = new Solver(this.#everything, (affected, learned) => this.#noteConflict(affected, learned));
  /** Packages whose decision is taken back before the next one. */
  readonly #demoted: PackageKey[] = [];
  readonly #refused = new Map<PackageKey, number>();
  /** What was left of a package when its versions were last asked for. */
  readonly #askedOf = new Map<PackageKey, VersionSet>();
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
    for (const { requirement } of this.#roots) this.#ahead.expect(requirement, true);
    await this.#introduce(this.#roots.map(({ requirement }) => requirement.normalizedName));
    for (const { requirement, source } of this.#roots) this.#requireFromRoot(requirement, source);
    if (this.#catalog.isStale) return { kind: 'stale' };
    this.#solver.decide(root, only(0));
    for (let changed: readonly PackageKey[] = [root]; ; ) {
      const failure = this.#solver.propagate(changed);
      if (failure !== undefined) return { kind: 'failed', failure };
      if (this.#takeBackDemoted()) {
        changed = this.#solver.known();
        continue;
      }
      const key = this.#next();
      if (key === undefined) return { kind: 'solved', solution: this.#solution() };
      await this.#tryVersion(key);
      if (this.#catalog.isStale) return { kind: 'stale' };
      this.#options.signal?.throwIfAborted();
      changed = [key];
    }
  }

  /** The package to decide next. An extra waits for its distribution, whose version it has. */
  #next(): PackageKey | undefined {
    const open = this.#solver.undecided().filter((key) => key !== root);
    for (const key of open) this.#prefetch(key);
    const eligible = open.filter((key) => extraOf(key) === undefined || this.#solver.isDecided(nameOf(key)));
    return this.#priorities.first(eligible, (key) => {
      const left = this.#solver.left(key);
      return (left & (left - 1n)) === none;
    });
  }

  #takeBackDemoted(): boolean {
    const demoted = this.#demoted.splice(0);
    return demoted.filter((key) => this.#solver.undecide(key)).length > 0;
  }

  #noteConflict(affected: PackageKey, learned: Incompatibility): void {
    this.#refused.set(affected, (this.#refused.get(affected) ?? 0) + 1);
    this.#demoted.push(...this.#priorities.conflict(affected, learned, root));
  }

  /** Asks for the metadata of what will be tried: the likely version, and where versions were refused the ones behind. */
  #prefetch(key: PackageKey): void {
    const left = this.#solver.left(key);
    if (this.#askedOf.get(key) === left) return;
    this.#askedOf.set(key, left);
    const { candidates } = this.#catalog.get(nameOf(key));
    const likely = this.#choose(key);
    if (likely !== undefined) this.#ahead.follow(candidates[likely]!, extraOf(key));
    const refused = this.#refused.get(key) ?? 0;
    if (refused < 2) return;
    const count = Math.min(2 ** refused, mostAhead);
    for (const index of this.#catalog.inOrder(nameOf(key), left, count)) this.#ahead.read(candidates[index]!);
  }

  /** For an extra, the version of its distribution; else the first version left in the order of preference. */
  #choose(key: PackageKey): number | undefined {
    if (extraOf(key) !== undefined && this.#solver.isDecided(nameOf(key))) {
      return firstIndex(this.#solver.left(nameOf(key)));
    }
    return this.#catalog.inOrder(nameOf(key), this.#solver.left(key), 1)[0];
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
    const conflict = added.find((one) => this.#solver.forbids(one, key, version));
    if (conflict === undefined) return this.#solver.decide(key, version);
    // Propagation takes this version out.
    this.#noteConflict(key, conflict);
  }

  /** Loads packages, and adds the facts of each that hold for all requirers. */
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
        const refused = this.#everything(name) & ~this.#catalog.meant(requirement, true) & ~absent;
        this.#add([[name, refused]], { kind: 'constraint', source, text: textOf(requirement), target: name });
      }
    }
  }

  #requireFromRoot(requirement: Requirement, source: string): void {
    const meant = this.#catalog.meant(requirement, true);
    const text = textOf(requirement);
    for (const target of keysOf(requirement)) {
      this.#priorities.mention(target);
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
    const meant = this.#catalog.meant(requirement, false);
    const text = textOf(requirement);
    return keysOf(requirement).flatMap((target) => {
      this.#priorities.mention(target);
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

const texts = new WeakMap<Requirement, string>();

function textOf(requirement: Requirement): string {
  let text = texts.get(requirement);
  if (text === undefined) {
    const { marker: _decided, ...rest } = requirement;
    text = formatRequirement(rest);
    texts.set(requirement, text);
  }
  return text;
}
