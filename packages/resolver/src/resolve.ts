// The whole of a resolution: what applies here, searches until one is not stale, and the answer or its explanation.
import { evaluateMarker, type NormalizedName, type Requirement } from '@wheelwright/packaging';
import { Ahead } from './ahead.ts';
import { Catalog } from './catalog.ts';
import { DependencyReader } from './dependencies.ts';
import { ResolverError } from './errors.ts';
import { explain } from './explain.ts';
import { factsOf, type Incompatibility, type PackageKey } from './incompatibility.ts';
import type { Candidate } from './ports.ts';
import { extraOf, nameOf, search } from './search.ts';
import type { Pin, Resolution, ResolutionWarning, ResolveOptions, RootRequirement } from './types.ts';
import { absent, type VersionSet } from './version-set.ts';

/**
 * The newest versions that meet every requirement, each name once. The same answers of the provider give the same
 * resolution, in whatever order they come; it ends for every finite index. Throws RESOLVE_NOT_FOUND,
 * RESOLVE_UNSATISFIABLE or RESOLVE_CONFLICT with who asked for what; what the provider throws; the reason of `signal`.
 */
export async function resolve(options: ResolveOptions): Promise<Resolution> {
  const { environment, provider, pythonVersion, overrides } = options;
  const applies = ({ requirement: { marker } }: { readonly requirement: Requirement }) =>
    marker === undefined || evaluateMarker(marker, environment, []);
  const catalog = new Catalog(options);
  const reader = new DependencyReader({ provider, environment, pythonVersion, overrides });
  const roots = options.requirements
    .filter(applies)
    .flatMap((root) => reader.override([root.requirement]).map((requirement) => ({ ...root, requirement })));
  const constraints = (options.constraints ?? []).filter(applies);
  await giveCandidates(catalog, options, [...roots, ...constraints.filter(({ requirement }) => requirement.url)]);
  const ahead = new Ahead(catalog, reader, provider);
  try {
    return await searchUntilSettled({ ...options, constraints }, roots, catalog, reader, ahead);
  } finally {
    ahead.stop();
  }
}

async function searchUntilSettled(
  options: ResolveOptions,
  roots: readonly RootRequirement[],
  catalog: Catalog,
  reader: DependencyReader,
  ahead: Ahead,
): Promise<Resolution> {
  for (;;) {
    const outcome = await search(options, roots, catalog, reader, ahead);
    options.signal?.throwIfAborted();
    if (outcome.kind === 'stale') continue;
    if (outcome.kind === 'failed') {
      if (widen(catalog, outcome.failure)) continue;
      throw await explain(outcome.failure, catalog, options.provider);
    }
    const requirers = await readRequirers(outcome.solution, reader);
    for (const [key, candidate] of outcome.solution) {
      if (extraOf(key) === undefined) catalog.refuseUnasked(candidate, requirers.urls);
    }
    if (catalog.isStale) continue;
    const warnings = await warningsOf(outcome.solution, reader);
    return { pins: pinsOf(outcome.solution, roots, requirers.names), warnings };
  }
}

/** Requirements by URL or path name their only candidate; those by URL are asked for all at once. */
async function giveCandidates(catalog: Catalog, options: ResolveOptions, roots: readonly RootRequirement[]) {
  const pending = roots.map(({ requirement, candidate }) => {
    const found = candidate ?? (requirement.url === undefined ? undefined : options.provider.direct?.(requirement));
    const answer = Promise.resolve(found);
    answer.catch(() => {}); // thrown when its turn comes
    return answer;
  });
  for (const [index, answer] of pending.entries()) {
    const { requirement, source } = roots[index]!;
    const candidate = await answer;
    if (candidate === undefined) {
      if (requirement.url === undefined) continue;
      throw new ResolverError(
        'RESOLVE_NOT_FOUND',
        `${source} asks for ${requirement.name} from a URL, and no provider reads URLs.`,
      );
    }
    if (candidate.name !== requirement.normalizedName) {
      const message = `${source} asks for ${requirement.name}, and the file is of ${candidate.name}.`;
      throw new ResolverError('RESOLVE_CONFLICT', message, {
        hint: 'Correct the name before the @.',
        data: { packages: [requirement.normalizedName, candidate.name] },
      });
    }
    catalog.give(candidate, requirement.url, source);
  }
}

function widen(catalog: Catalog, failure: Incompatibility): boolean {
  const asked = new Map<NormalizedName, VersionSet>();
  for (const { cause, terms } of factsOf(failure)) {
    if (cause.kind === 'derived' || cause.kind === 'unusable' || cause.kind === 'same-version') continue;
    const name = nameOf(cause.target);
    const { all } = catalog.get(name);
    const meant = all & ~(terms.get(cause.target) ?? all) & ~absent;
    asked.set(name, (asked.get(name) ?? all & ~absent) & meant);
  }
  return catalog.widen(asked);
}

async function readRequirers(solution: ReadonlyMap<PackageKey, Candidate>, reader: DependencyReader) {
  const names = new Map<NormalizedName, Set<string>>();
  const urls = new Set<string>();
  for (const [key, candidate] of solution) {
    const dependencies = await reader.read(candidate, extraOf(key));
    if (dependencies.kind === 'unusable') throw new Error(`bug: ${key} is in the solution and cannot be used`);
    for (const { normalizedName, url } of dependencies.requirements) {
      if (url !== undefined) urls.add(url);
      if (normalizedName === candidate.name) continue;
      names.set(normalizedName, (names.get(normalizedName) ?? new Set()).add(candidate.name));
    }
  }
  return { names, urls };
}

async function warningsOf(solution: ReadonlyMap<PackageKey, Candidate>, reader: DependencyReader) {
  const warnings: ResolutionWarning[] = [];
  for (const [key, candidate] of [...solution].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const { name, version, yanked } = candidate;
    const extra = extraOf(key);
    if (extra === undefined) {
      const reason = yanked === true ? '' : yanked;
      if (reason !== false) warnings.push({ kind: 'yanked', name, version: version.text, reason });
      continue;
    }
    const dependencies = await reader.read(candidate, extra);
    if (dependencies.kind === 'unusable' || dependencies.providesExtra?.has(extra) !== false) continue;
    const provided = [...dependencies.providesExtra].sort();
    warnings.push({ kind: 'unknown-extra', name, version: version.text, extra, provided });
  }
  return warnings;
}

function pinsOf(
  solution: ReadonlyMap<PackageKey, Candidate>,
  roots: readonly RootRequirement[],
  requirers: ReadonlyMap<NormalizedName, ReadonlySet<string>>,
): Pin[] {
  const extras = new Map<NormalizedName, NormalizedName[]>();
  for (const key of solution.keys()) {
    const extra = extraOf(key);
    if (extra !== undefined) extras.set(nameOf(key), [...(extras.get(nameOf(key)) ?? []), extra]);
  }
  const requested = new Set(
    roots.filter((one) => one.requested !== false).map((one) => one.requirement.normalizedName),
  );
  return [...solution]
    .filter(([key]) => extraOf(key) === undefined)
    .map(([, candidate]) => ({
      candidate,
      extras: (extras.get(candidate.name) ?? []).sort(),
      requested: requested.has(candidate.name),
      requiredBy: [...(requirers.get(candidate.name) ?? [])].sort(),
    }))
    .sort((a, b) => (a.candidate.name < b.candidate.name ? -1 : 1));
}
