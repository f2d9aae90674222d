// A failed search in words: who asks for what, from the roots down, then what is offered and why the rest is left out.
import { isCodedError, redactUrls } from '@wheelwright/errors';
import { type NormalizedName, parseRequirement, satisfies, type Version } from '@wheelwright/packaging';
import type { Catalog, Package } from './catalog.ts';
import { ResolverError } from './errors.ts';
import { type Fact, factsOf, type Incompatibility, type PackageKey } from './incompatibility.ts';
import { offerLine, type Refusals, refusalLines, textOf, versionsOf } from './offered-lines.ts';
import type { PackageProvider } from './ports.ts';
import { extraOf, nameOf } from './search.ts';
import { absent, indices, none, type VersionSet } from './version-set.ts';

const mostFacts = 40;
const mostPackages = 12;
const mostRemedies = 2;

/** A fact in which someone asks for versions of a name. */
type Asking = Exclude<Fact, { kind: 'unusable' | 'same-version' }>;

/** Whether everything that is asked of a name allows a version of it. */
type Meets = (name: NormalizedName, version: Version) => boolean;

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
  const plain = givenAndUndisputed(facts, targets, catalog);
  const asked = unique(
    facts.map((fact) =>
      isAsking(fact.cause) && plain.has(nameOf(fact.cause.target)) ? undefined : factLine(fact, catalog),
    ),
  );
  const meets = wantedVersions(facts);
  const offers = targets
    .slice(0, mostPackages)
    .filter((name) => !plain.has(name))
    .flatMap((name) => [
      ...offerLine(catalog.get(name), refusals),
      ...refusalLines(catalog.get(name), refusals.get(name) ?? [], (version) => meets(name, version)),
    ]);
  const lines = [...shortened(asked), ...offers].map(redactUrls);
  const { code, headline, hint, packages } = verdict({ facts, targets, catalog, refusals, meets, plain });
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

interface Findings {
  readonly facts: readonly Incompatibility[];
  /** The names that something is asked of. */
  readonly targets: readonly NormalizedName[];
  readonly catalog: Catalog;
  readonly refusals: Refusals;
  readonly meets: Meets;
  /** As {@link givenAndUndisputed} finds them. */
  readonly plain: ReadonlySet<NormalizedName>;
}

function verdict({ facts, targets, catalog, refusals, meets, plain }: Findings) {
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
  const asking = unique(facts.map((fact) => (isAsking(fact.cause) ? factLine(fact, catalog) : undefined)));
  const isGiven = targets.some((name) => catalog.get(name).from === 'given');
  if (asking.length === 1 && !isGiven) {
    const headline = `No version of ${targets[0]} meets what is asked for.`;
    const prereleases = targets.some((name) => hasPrerelease(catalog.get(name), meets));
    const hint = prereleases ? 'Allow pre-releases, or ask for another version.' : 'Ask for another version.';
    return { code: 'RESOLVE_UNSATISFIABLE', headline, hint, packages: targets } as const;
  }
  const isChosen = ({ cause }: Incompatibility) => cause.kind === 'dependency' && !plain.has(nameOf(cause.from));
  if (!facts.some(isChosen)) {
    const stated = facts.filter(({ cause }) => !isAsking(cause) || !plain.has(nameOf(cause.target)));
    const headline = contradiction(stated) ?? 'The requirements cannot be met together.';
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
function hasPrerelease({ name, candidates, exclusions }: Package, meets: Meets): boolean {
  return exclusions.some(
    ({ reason, set }) =>
      reason === 'pre-release' && versionsOf(indices(set), candidates).some((version) => meets(name, version)),
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

/** What all that is asked for allows; pre-releases count. */
function wantedVersions(facts: readonly Incompatibility[]): Meets {
  const asked = facts.flatMap(({ cause }) => {
    return isAsking(cause) ? [{ name: nameOf(cause.target), specifiers: parseRequirement(cause.text).specifiers }] : [];
  });
  return (name, version) =>
    asked.every((one) => one.name !== name || satisfies(version, one.specifiers, { prereleases: true }));
}

/**
 * The names, such as the project's own, that one root gives in one version and that nothing else asks for. That they are
 * asked for and offered explains no failure.
 */
function givenAndUndisputed(
  facts: readonly Incompatibility[],
  targets: readonly NormalizedName[],
  catalog: Catalog,
): ReadonlySet<NormalizedName> {
  const isDisputed = (name: NormalizedName) =>
    facts.some(({ cause }) => isAsking(cause) && cause.kind !== 'requirement' && nameOf(cause.target) === name);
  const asksFurther = (name: NormalizedName) =>
    facts.some(({ cause }) => cause.kind === 'dependency' && nameOf(cause.from) === name);
  const given = targets.filter((name) => catalog.get(name).from === 'given');
  return new Set(given.filter((name) => !isDisputed(name) && asksFurther(name)));
}

function describe(key: PackageKey, set: VersionSet, catalog: Catalog): string {
  const { candidates, all } = catalog.get(nameOf(key));
  const extra = extraOf(key);
  const name = extra === undefined ? nameOf(key) : `${nameOf(key)}[${extra}]`;
  const chosen = indices(set & ~absent);
  if (chosen.length > 1 && (all & ~absent) === (set & ~absent)) return `every version of ${name}`;
  return `${name} ${textOf(versionsOf(chosen, candidates))}`;
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
