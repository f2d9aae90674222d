// A failed search in words: who asks for what, from the roots down, then what is offered and why the rest is left out.
import { isCodedError, redactUrls } from '@wheelwright/errors';
import {
  compareVersions,
  type NormalizedName,
  parseRequirement,
  satisfies,
  type Version,
} from '@wheelwright/packaging';
import type { Catalog, Package } from './catalog.ts';
import { ResolverError } from './errors.ts';
import { type Fact, factsOf, type Incompatibility, type PackageKey } from './incompatibility.ts';
import type { PackageProvider, RefusedVersion } from './ports.ts';
import { extraOf, nameOf } from './search.ts';
import { absent, indices, none, type VersionSet } from './version-set.ts';

const mostFacts = 40;
const mostPackages = 12;
const mostReasons = 4;
const mostRemedies = 2;

/** What no candidate tells of a name: versions without a usable file; undefined where no source knows the name. */
type Refusals = ReadonlyMap<NormalizedName, readonly RefusedVersion[] | string | undefined>;

/** A fact in which someone asks for versions of a name. */
type Asking = Exclude<Fact, { kind: 'unusable' | 'same-version' }>;

/** The error for `failure`, an incompatibility that leaves nothing. */
export async function explain(
  failure: Incompatibility,
  catalog: Catalog,
  provider: PackageProvider,
): Promise<ResolverError> {
  const facts = fromTheRoots(factsOf(failure));
  const targets = unique(facts.map(({ cause }) => (isAsking(cause) ? nameOf(cause.target) : undefined)));
  // Beyond the first few only names without any candidate are asked for: whether a source knows them decides the headline.
  const isAskedFor = (name: NormalizedName, at: number) =>
    at < mostPackages || catalog.get(name).candidates.length === 0;
  const refusals = await askRefusals(targets.filter(isAskedFor), provider);
  const asked = unique(facts.map((fact) => factLine(fact, catalog)));
  const texts = textsByTarget(facts);
  const offers = targets
    .slice(0, mostPackages)
    .flatMap((name) => [
      ...offerLine(catalog.get(name), refusals),
      ...refusalLines(catalog.get(name), refusals.get(name) ?? [], texts.get(name) ?? []),
    ]);
  const lines = [...shortened(asked), ...offers].map(redactUrls);
  const { code, headline, hint, packages } = verdict(facts, targets, catalog, refusals);
  return new ResolverError(code, [redactUrls(headline), ...lines.map((line) => `  ${line}`)].join('\n'), {
    hint,
    data: { packages, facts: lines },
  });
}

/** A failure while explaining a failure is ignored: the first one is reported. */
async function askRefusals(names: readonly NormalizedName[], provider: PackageProvider): Promise<Refusals> {
  if (provider.refused === undefined) return new Map();
  const answers = await Promise.all(
    names.map((name) =>
      provider.refused!(name).catch((error: unknown) => {
        if (!isCodedError(error)) throw error;
        return [];
      }),
    ),
  );
  return new Map(names.map((name, index) => [name, answers[index]]));
}

function verdict(
  facts: readonly Incompatibility[],
  targets: readonly NormalizedName[],
  catalog: Catalog,
  refusals: Refusals,
) {
  const missing = targets.filter((name) => catalog.get(name).candidates.length === 0);
  const unknown = missing.filter((name) => refusals.get(name) === undefined);
  if (unknown.length > 0) {
    const headline = `No index or link page offers ${unknown.join(', ')}.`;
    const hint = 'Check the spelling, or name an index or a link page that has it.';
    return { code: 'RESOLVE_NOT_FOUND', headline, hint, packages: unknown } as const;
  }
  if (missing.length > 0) {
    const headline = `No version of ${missing.join(', ')} can be used here.`;
    const hint = remediesFor(missing, refusals).join(' ') || 'Ask for something else in its place.';
    return { code: 'RESOLVE_UNSATISFIABLE', headline, hint, packages: missing } as const;
  }
  const kinds = facts.map(({ cause }) => cause.kind);
  const asking = unique(facts.map((fact) => (isAsking(fact.cause) ? factLine(fact, catalog) : undefined)));
  const isGiven = targets.some((name) => catalog.get(name).from === 'given');
  if (asking.length === 1 && !isGiven) {
    const headline = `No version of ${targets[0]} meets what is asked for.`;
    const texts = textsByTarget(facts);
    const prereleases = targets.some((name) => hasPrerelease(catalog.get(name), texts.get(name) ?? []));
    const hint = prereleases ? 'Allow pre-releases, or ask for another version.' : 'Ask for another version.';
    return { code: 'RESOLVE_UNSATISFIABLE', headline, hint, packages: targets } as const;
  }
  if (!kinds.includes('dependency')) {
    const headline = contradiction(facts) ?? 'The requirements cannot be met together.';
    const hint = 'Change one of these requirements or constraints.';
    return { code: 'RESOLVE_CONFLICT', headline, hint, packages: targets } as const;
  }
  return {
    code: 'RESOLVE_UNSATISFIABLE',
    headline: 'The requirements cannot be met together.',
    hint: 'Loosen one of these requirements, or leave one out.',
    packages: targets,
  } as const;
}

/** Whether a pre-release that is not used would meet all that is asked for. */
function hasPrerelease({ candidates, exclusions }: Package, texts: readonly string[]): boolean {
  const specifiers = texts.map((text) => parseRequirement(text).specifiers);
  return exclusions.some(
    ({ reason, set }) =>
      reason === 'pre-release' &&
      versionsOf(indices(set), candidates).some((version) =>
        specifiers.every((one) => satisfies(version, one, { prereleases: true })),
      ),
  );
}

function remediesFor(names: readonly NormalizedName[], refusals: Refusals): readonly string[] {
  const refused = names.flatMap((name) => {
    const told = refusals.get(name) ?? [];
    return typeof told === 'string' ? [] : told;
  });
  return unique(refused.map(({ remedy }) => remedy)).slice(0, mostRemedies);
}

/** `a<2 and a>3 cannot both hold.`, where all that is asked concerns one name. */
function contradiction(facts: readonly Incompatibility[]): string | undefined {
  const texts = unique(facts.map(({ cause }) => (isAsking(cause) ? cause.text : undefined)));
  const names = unique(facts.map(({ cause }) => (isAsking(cause) ? nameOf(cause.target) : undefined)));
  if (names.length !== 1 || texts.length < 2) return undefined;
  return `${texts.slice(0, -1).join(', ')} and ${texts.at(-1)} cannot ${texts.length === 2 ? 'both' : 'all'} hold.`;
}

/** Facts in the order in which a reader follows them: what roots ask for, then what that requires, and so on. */
function fromTheRoots(facts: readonly Incompatibility[]): Incompatibility[] {
  const depths = new Map<NormalizedName, number>();
  for (const { cause } of facts) if (cause.kind === 'requirement') depths.set(nameOf(cause.target), 0);
  for (let grew = true; grew; ) {
    grew = false;
    for (const { cause } of facts) {
      if (cause.kind !== 'dependency') continue;
      const from = depths.get(nameOf(cause.from));
      const target = nameOf(cause.target);
      if (from === undefined || (depths.get(target) ?? Number.POSITIVE_INFINITY) <= from + 1) continue;
      depths.set(target, from + 1);
      grew = true;
    }
  }
  const depthOf = ({ cause }: Incompatibility): number => {
    if (cause.kind === 'requirement' || cause.kind === 'derived') return -1;
    const name = nameOf(cause.kind === 'dependency' ? cause.from : cause.target);
    return depths.get(name) ?? Number.POSITIVE_INFINITY;
  };
  const ordered = facts.map((fact, index) => ({ fact, index, depth: depthOf(fact) }));
  ordered.sort((a, b) => (a.depth === b.depth ? a.index - b.index : a.depth - b.depth));
  return ordered.map(({ fact }) => fact);
}

function factLine({ cause, terms }: Incompatibility, catalog: Catalog): string | undefined {
  switch (cause.kind) {
    case 'requirement':
      return cause.source === cause.text ? `${cause.text} is asked for` : `${cause.source} asks for ${cause.text}`;
    case 'dependency':
      return `${describe(cause.from, terms.get(cause.from) ?? none, catalog)} requires ${cause.text}`;
    case 'constraint':
      return `${cause.source} allows only ${cause.text}`;
    case 'unusable': {
      // What follows from the index alone stands with what is offered.
      const known = catalog.get(nameOf(cause.target));
      if (known.exclusions.some(({ reason, set }) => reason === cause.reason && set === terms.get(cause.target)))
        return;
      return `${describe(cause.target, terms.get(cause.target) ?? none, catalog)} cannot be used: ${cause.reason}`;
    }
    default:
      return undefined;
  }
}

/** What is offered, and what of it is not used for which reason. */
function offerLine({ name, candidates, exclusions, from }: Package, refusals: Refusals): string[] {
  if (candidates.length === 0) {
    return refusals.get(name) === undefined ? [`${name} is not offered by any index or link page`] : [];
  }
  const versions = textOf(candidates.map(({ version }) => version));
  const left = exclusions.map(({ reason, set }) => `${textOf(versionsOf(indices(set), candidates))} (${reason})`);
  return [`${name} is ${from} as ${versions}${left.length === 0 ? '' : `; not used: ${left.join(', ')}`}`];
}

/** Versions without a usable file: those that were asked for, or all of them where there is no other. */
function refusalLines(
  { name, candidates }: Package,
  refused: readonly RefusedVersion[] | string,
  texts: readonly string[],
): string[] {
  if (typeof refused === 'string') return [`${name} ${refused}`];
  const specifiers = texts.map((text) => parseRequirement(text).specifiers);
  const isMeant = ({ version }: RefusedVersion) =>
    specifiers.every((set) => satisfies(version, set, { prereleases: true }));
  const meant = refused.filter(isMeant);
  const told = meant.length === 0 && candidates.length === 0 ? refused : meant;
  const grouped = new Map<string, Version[]>();
  for (const { version, reason } of told) grouped.set(reason, [...(grouped.get(reason) ?? []), version]);
  return [...grouped].slice(0, mostReasons).map(([reason, versions]) => {
    return `${name} ${textOf(versions)}${versions.length === 1 ? ' ' : ': each '}${reason}`;
  });
}

function textsByTarget(facts: readonly Incompatibility[]): Map<NormalizedName, string[]> {
  const texts = new Map<NormalizedName, string[]>();
  for (const { cause } of facts) {
    if (!isAsking(cause)) continue;
    const name = nameOf(cause.target);
    texts.set(name, [...(texts.get(name) ?? []), cause.text]);
  }
  return texts;
}

function describe(key: PackageKey, set: VersionSet, catalog: Catalog): string {
  const { candidates, all } = catalog.get(nameOf(key));
  const extra = extraOf(key);
  const name = extra === undefined ? nameOf(key) : `${nameOf(key)}[${extra}]`;
  const chosen = indices(set & ~absent);
  if (chosen.length > 1 && (all & ~absent) === (set & ~absent)) return `every version of ${name}`;
  return `${name} ${textOf(versionsOf(chosen, candidates))}`;
}

function versionsOf(chosen: readonly number[], candidates: Package['candidates']): Version[] {
  return chosen.map((index) => candidates[index]!.version);
}

/** Versions upwards: each of a few, the ends of many. */
function textOf(versions: readonly Version[]): string {
  const texts = [...versions].sort(compareVersions).map(({ text }) => text);
  if (texts.length <= 6) return texts.join(', ');
  return `${texts.slice(0, 2).join(', ')} … ${texts.slice(-2).join(', ')} (${texts.length} versions)`;
}

function shortened(lines: readonly string[]): string[] {
  if (lines.length <= mostFacts) return [...lines];
  return [...lines.slice(0, mostFacts), `… and ${lines.length - mostFacts} more such facts`];
}

function unique<T extends string>(lines: readonly (T | undefined)[]): T[] {
  return [...new Set(lines.filter((line) => line !== undefined))];
}

function isAsking(cause: Incompatibility['cause']): cause is Asking {
  return cause.kind === 'requirement' || cause.kind === 'dependency' || cause.kind === 'constraint';
}
