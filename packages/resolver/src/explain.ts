// A failed search told to people: who asked for what, which versions exist, and what took each of them out.
import { redactUrls } from '@wheelwright/errors';
import { compareVersions, type NormalizedName } from '@wheelwright/packaging';
import type { Catalog, Package } from './catalog.ts';
import { ResolverError } from './errors.ts';
import { type Fact, factsOf, type Incompatibility, type PackageKey } from './incompatibility.ts';
import { extraOf, nameOf } from './search.ts';
import { absent, indices, none, type VersionSet } from './version-set.ts';

const mostFacts = 40;
const mostPackages = 12;

/** The error for `failure`, an incompatibility that leaves nothing. */
export function explain(failure: Incompatibility, catalog: Catalog): ResolverError {
  const facts = factsOf(failure);
  const targets = [...new Set(facts.flatMap(({ cause }) => (isAsking(cause) ? [nameOf(cause.target)] : [])))];
  const asked = unique(facts.map((fact) => factLine(fact, catalog)));
  const offers = targets.slice(0, mostPackages).map((name) => offerLine(catalog.get(name)));
  const missing = targets.filter((name) => catalog.get(name).candidates.length === 0);
  const lines = [...shortened(asked), ...offers].map(redactUrls);
  const { code, headline, hint } = verdict(facts, targets, missing, catalog);
  const packages = missing.length > 0 ? missing : targets;
  return new ResolverError(code, [headline, ...lines.map((line) => `  ${line}`)].join('\n'), {
    hint,
    data: { packages, facts: lines },
  });
}

function verdict(
  facts: readonly Incompatibility[],
  targets: readonly NormalizedName[],
  missing: readonly NormalizedName[],
  catalog: Catalog,
) {
  if (missing.length > 0) {
    const headline = `No index or link page offers ${missing.join(', ')}.`;
    const hint = 'Check the spelling, or name an index or a link page that has it.';
    return { code: 'RESOLVE_NOT_FOUND', headline, hint } as const;
  }
  const kinds = facts.map(({ cause }) => cause.kind);
  const asking = unique(facts.map((fact) => (isAsking(fact.cause) ? factLine(fact, catalog) : undefined)));
  const isGiven = targets.some((name) => catalog.get(name).from === 'given');
  if (asking.length === 1 && !isGiven) {
    const headline = `No version of ${targets[0]} meets what is asked for.`;
    const prereleases = targets.some((name) =>
      catalog.get(name).exclusions.some(({ reason }) => reason === 'pre-release'),
    );
    const hint = prereleases ? 'Allow pre-releases, or ask for another version.' : 'Ask for another version.';
    return { code: 'RESOLVE_UNSATISFIABLE', headline, hint } as const;
  }
  const headline = 'The requirements cannot be met together.';
  if (!kinds.includes('dependency')) {
    return { code: 'RESOLVE_CONFLICT', headline, hint: 'Change one of these requirements or constraints.' } as const;
  }
  return {
    code: 'RESOLVE_UNSATISFIABLE',
    headline,
    hint: 'Loosen one of these requirements, or leave one out.',
  } as const;
}

function factLine({ cause, terms }: Incompatibility, catalog: Catalog): string | undefined {
  switch (cause.kind) {
    case 'requirement':
      return `${cause.source} asks for ${cause.text}`;
    case 'dependency':
      return `${describe(cause.from, terms.get(cause.from) ?? none, catalog)} requires ${cause.text}`;
    case 'constraint':
      return `a constraint allows only ${cause.text}`;
    case 'unusable': {
      // What follows from the index alone is told with what is offered.
      const known = catalog.get(nameOf(cause.target));
      if (known.exclusions.some(({ reason, set }) => reason === cause.reason && set === terms.get(cause.target)))
        return;
      return `${describe(cause.target, terms.get(cause.target) ?? none, catalog)} cannot be used: ${cause.reason}`;
    }
    default:
      return undefined;
  }
}

/** What is offered, and what of it was left out for which reason. */
function offerLine({ name, candidates, exclusions, from }: Package): string {
  if (candidates.length === 0) return `${name} is not offered by any index or link page`;
  const versions = textOf(
    candidates.map((_, index) => index),
    candidates,
  );
  const left = exclusions.map(({ reason, set }) => `${textOf(indices(set), candidates)} (${reason})`);
  return `${name} is ${from} as ${versions}${left.length === 0 ? '' : `; not used: ${left.join(', ')}`}`;
}

function describe(key: PackageKey, set: VersionSet, catalog: Catalog): string {
  const { candidates, all } = catalog.get(nameOf(key));
  const extra = extraOf(key);
  const name = extra === undefined ? nameOf(key) : `${nameOf(key)}[${extra}]`;
  const chosen = indices(set & ~absent);
  if (chosen.length > 1 && (all & ~absent) === (set & ~absent)) return `every version of ${name}`;
  return `${name} ${textOf(chosen, candidates)}`;
}

/** Versions upwards: each of a few, the ends of many. */
function textOf(chosen: readonly number[], candidates: Package['candidates']): string {
  const versions = chosen.map((index) => candidates[index]!.version).sort(compareVersions);
  const texts = versions.map(({ text }) => text);
  if (texts.length <= 6) return texts.join(', ');
  return `${texts.slice(0, 2).join(', ')} … ${texts.slice(-2).join(', ')} (${texts.length} versions)`;
}

function shortened(lines: readonly string[]): string[] {
  if (lines.length <= mostFacts) return [...lines];
  return [...lines.slice(0, mostFacts), `… and ${lines.length - mostFacts} more such facts`];
}

function unique(lines: readonly (string | undefined)[]): string[] {
  return [...new Set(lines.filter((line) => line !== undefined))];
}

function isAsking(cause: Incompatibility['cause']): cause is Exclude<Fact, { kind: 'unusable' | 'same-version' }> {
  return cause.kind === 'requirement' || cause.kind === 'dependency' || cause.kind === 'constraint';
}
