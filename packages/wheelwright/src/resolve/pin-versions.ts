// Runs the resolver: one version of each distribution, with its source. The result is cached for as long as the index pages
// it was made from are fresh.
import { formatRequirement, type NormalizedName } from '@wheelwright/packaging';
import type { PackageProvider, ResolutionWarning } from '@wheelwright/resolver';
import type { Store } from '@wheelwright/store';
import type { SourcedCandidate } from '../requirements/distribution-source.ts';
import { directInputOf } from '../requirements/requirement-inputs.ts';
import type { InstalledCandidate, ResolutionPolicy, ResolveWheelsOptions } from '../requirements/resolution.ts';
import type { Tool } from '../tool/tool.ts';
import { fetchWheel, findStoredFile } from '../wheels/fetch-wheel.ts';
import { createPackageProvider, statusWarnings } from './package-provider.ts';
import { keepResolution, keepSettled, type ResolvedPin, recallResolution, resolutionKey } from './resolution-memo.ts';
import type { AskedFor, ResolutionContext } from './take-inputs.ts';

/** Pins every distribution. Throws ResolverError if no set of versions fits; errors of the index pass unchanged. */
export async function pinVersions(
  context: ResolutionContext,
  options: ResolveWheelsOptions,
): Promise<readonly ResolvedPin[]> {
  const { tool, index, asked } = context;
  const store = await tool.store();
  const now = Date.now();
  const installed = new Map([...(options.installed ?? [])].filter(([name]) => !asked.direct.has(name)));
  const isMemorable =
    options.policy?.only === undefined &&
    asked.direct.size === 0 &&
    asked.constraints.every(({ direct }) => direct === undefined);
  const key = resolutionKey(questionOf(tool, asked, installed, options));
  const known = isMemorable ? recallResolution(store, key, now) : undefined;
  if (!isMemorable) tool.basis.isUncertain();
  if (known !== undefined) {
    tool.basis.holdsUntil(known.until);
    return known.pins;
  }
  const provider = createProvider(context, store, installed, options);
  const read = new Map<SourcedCandidate, readonly string[]>();
  const { pins, warnings } = await resolveAnew(tool, noting(provider, read), asked, installed, options);
  const offered = pins.filter(({ source }) => source.from !== 'installed').map(({ name }) => name);
  const texts = [...warnings.map(describeWarning), ...statusWarnings(index, offered)];
  for (const text of texts) tool.onEvent({ event: 'warning', text });
  if (texts.length > 0) tool.basis.isUncertain();
  tool.basis.holdsUntil(index.freshUntil());
  // A result with warnings is not cached, so that the warnings appear each time.
  if (isMemorable && texts.length === 0) keepResolution(store, key, pins, { now, until: index.freshUntil() });
  if (isMemorable && warnings.length === 0) {
    const after = installedAfter(installed, pins, read);
    const afterKey = after && resolutionKey(questionOf(tool, asked, after, options));
    if (afterKey !== undefined && afterKey !== key) keepSettled(store, afterKey, pins, now);
  }
  return pins;
}

/** Wraps `provider` so that it records the requirements of each candidate. */
function noting(provider: PackageProvider, read: Map<SourcedCandidate, readonly string[]>): PackageProvider {
  return {
    ...provider,
    async requirements(candidate) {
      const answer = await provider.requirements(candidate);
      if ('requiresDist' in answer) read.set(candidate as SourcedCandidate, answer.requiresDist);
      return answer;
    },
  };
}

/** The state after `pins` are installed; undefined if the requirements of one of them are not known. */
function installedAfter(
  installed: ReadonlyMap<NormalizedName, InstalledCandidate>,
  pins: readonly ResolvedPin[],
  read: ReadonlyMap<SourcedCandidate, readonly string[]>,
): ReadonlyMap<NormalizedName, InstalledCandidate> | undefined {
  const after = new Map(installed);
  for (const [candidate, requiresDist] of read) {
    const pin = pins.find(({ name, source }) => name === candidate.name && source === candidate.file);
    if (pin !== undefined) after.set(candidate.name, { candidate, requiresDist });
  }
  const isKnown = pins.every(({ name, version }) => after.get(name)?.candidate.version.text === version);
  return isKnown ? after : undefined;
}

async function resolveAnew(
  tool: Tool,
  provider: PackageProvider,
  { roots, constraints }: AskedFor,
  installed: ReadonlyMap<NormalizedName, InstalledCandidate>,
  { interpreter, prereleases, policy = {} }: ResolveWheelsOptions,
): Promise<{ pins: readonly ResolvedPin[]; warnings: readonly ResolutionWarning[] }> {
  const { resolve } = await import('@wheelwright/resolver');
  const resolution = await resolve({
    requirements: roots,
    constraints: constraints.filter(({ direct }) => direct === undefined),
    environment: interpreter.markers,
    pythonVersion: interpreter.versionText,
    prereleases: prereleases === true ? 'allow' : 'if-necessary',
    prereleasesOf: policy.prereleasesOf,
    versionOrder: policy.versionOrder,
    overrides: policy.overrides,
    preferred: policy.preferred,
    installed: new Map([...installed].map(([name, { candidate }]) => [name, candidate])),
    upgrade: 'none',
    provider,
    ...(tool.signal === undefined ? {} : { signal: tool.signal }),
  });
  const pins = resolution.pins.map(({ candidate, requested, requiredBy }) => {
    const { name, version, file } = candidate as SourcedCandidate;
    return { name, version: version.text, requested, requiredBy, source: file };
  });
  return { pins, warnings: resolution.warnings };
}

function describeWarning(warning: ResolutionWarning): string {
  const { name, version } = warning;
  if (warning.kind === 'yanked')
    return `${name} ${version} is yanked by its authors${warning.reason === '' ? '' : `: ${warning.reason}`}`;
  const provided = warning.provided.length === 0 ? 'none' : warning.provided.join(', ');
  return `${name} ${version} has no extra ${warning.extra}; it has ${provided}`;
}

/** The provider for the resolver. Installed distributions are answered from their own metadata. */
function createProvider(
  { tool, index, opener, asked }: ResolutionContext,
  store: Store,
  installed: ReadonlyMap<NormalizedName, InstalledCandidate>,
  { interpreter, noDeps, requireHashes, formatsOf, preferBinary, policy = {} }: ResolveWheelsOptions,
): PackageProvider {
  const provider = createPackageProvider({
    index,
    target: interpreter,
    given: new Map(),
    formats(name) {
      const { wheels, sdists } = formatsOf?.(name) ?? { wheels: true, sdists: true };
      return { wheels, sdists: sdists && opener.canBuild };
    },
    sources: {
      sdistMetadata: (source) => opener.sdistMetadata(source),
      direct: (requirement) => asked.open(directInputOf(requirement, tool.settings.workingDir)),
    },
    findStored(file) {
      const stored = findStoredFile(store, file);
      if (stored === undefined) store.expectWheel(file.size ?? 0);
      return stored;
    },
    fetchWheel: (file) => fetchWheel(tool, file, index),
    hashes: asked.hashes.toMap(),
    prefersWheels: (name) => preferBinary === true || isNamed(policy.prefersWheels ?? new Set(), name),
    uploadedBeforeMs: policy.uploadedBeforeMs,
  });
  return {
    ...provider,
    async candidates(name) {
      const only = policy.only?.get(name);
      if (only !== undefined) return [only];
      tool.onEvent({ event: 'looking-up', name });
      const constrained = await asked.openConstrained(name);
      return constrained === undefined ? provider.candidates(name) : [constrained];
    },
    async requirements(candidate) {
      // Without a stated hash the metadata of an artifact is not used either. The artifact is refused in the end.
      if (noDeps === true || (requireHashes === true && asked.hashes.of(candidate.name) === undefined))
        return { requiresDist: [] };
      const kept = installed.get(candidate.name);
      if (kept !== undefined && (candidate as SourcedCandidate).file.from === 'installed')
        return { requiresDist: kept.requiresDist };
      return provider.requirements(candidate);
    },
  };
}

function questionOf(
  tool: Tool,
  { roots, constraints, hashes }: AskedFor,
  installed: ReadonlyMap<NormalizedName, InstalledCandidate>,
  { interpreter, prereleases, noDeps, requireHashes, preferBinary, formatsOf, policy }: ResolveWheelsOptions,
): unknown {
  return [
    roots.map(({ requirement }) => formatRequirement(requirement)),
    [...hashes.toMap()],
    constraints.map(({ requirement }) => formatRequirement(requirement)),
    [...installed.values()]
      .map(({ candidate, requiresDist }) => [candidate.name, candidate.version.key, requiresDist] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
    [prereleases, noDeps, requireHashes, preferBinary, formatsOf?.key],
    policy && questionOfPolicy(policy),
    [interpreter.executable, interpreter.markers, interpreter.versionText, interpreter.tags],
    tool.settings.index,
  ];
}

/** Whether `names` has `name`, or `:all:`. */
function isNamed(names: ReadonlySet<string>, name: NormalizedName): boolean {
  return names.has(':all:') || names.has(name);
}

function questionOfPolicy(policy: ResolutionPolicy): unknown {
  return [
    policy.versionOrder,
    policy.overrides?.map(formatRequirement),
    [...(policy.prereleasesOf ?? [])],
    [...(policy.preferred ?? [])].map(([name, version]) => [name, version.key]),
    policy.uploadedBeforeMs,
    [...(policy.prefersWheels ?? [])],
  ];
}
