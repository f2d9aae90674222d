// The resolver's answer to what was asked: one version of each distribution, with where its wheel is. The answer is
// remembered for as long as the index pages that it was read from may be used without asking.
import type { IndexClient } from '@wheelwright/index-client';
import { formatRequirement, type NormalizedName } from '@wheelwright/packaging';
import type { PackageProvider, ResolutionWarning } from '@wheelwright/resolver';
import type { Store } from '@wheelwright/store';
import type { Tool } from '../tool/tool.ts';
import type { SourcedCandidate } from './distribution-source.ts';
import { fetchWheel, findStoredFile } from './fetch-wheel.ts';
import { createPackageProvider } from './package-provider.ts';
import type { InstalledCandidate, ResolveWheelsOptions } from './resolution.ts';
import { keepResolution, type ResolvedPin, recallResolution, resolutionKey } from './resolution-memo.ts';
import type { AskedFor } from './take-inputs.ts';

/** Pins every distribution. Throws ResolverError where no set of versions fits, and what the index throws. */
export async function pinVersions(
  tool: Tool,
  index: IndexClient,
  asked: AskedFor,
  options: ResolveWheelsOptions,
): Promise<readonly ResolvedPin[]> {
  const store = await tool.store();
  const now = Date.now();
  const installed = new Map([...(options.installed ?? [])].filter(([name]) => !asked.direct.has(name)));
  const isMemorable = asked.direct.size === 0 && asked.constraints.every(({ direct }) => direct === undefined);
  const key = resolutionKey(questionOf(tool, asked, installed, options));
  const known = isMemorable ? recallResolution(store, key, now) : undefined;
  if (known !== undefined) return known;
  const provider = createProvider(tool, store, index, asked, installed, options);
  const { pins, warnings } = await resolveAnew(tool, provider, asked, installed, options);
  for (const warning of warnings) tool.onEvent({ event: 'warning', text: describeWarning(warning) });
  // An answer with warnings is not kept, so that they are given each time.
  if (isMemorable && warnings.length === 0) keepResolution(store, key, pins, { now, until: index.freshUntil() });
  return pins;
}

async function resolveAnew(
  tool: Tool,
  provider: PackageProvider,
  { roots, constraints }: AskedFor,
  installed: ReadonlyMap<NormalizedName, InstalledCandidate>,
  { interpreter, prereleases }: ResolveWheelsOptions,
): Promise<{ pins: readonly ResolvedPin[]; warnings: readonly ResolutionWarning[] }> {
  const { resolve } = await import('@wheelwright/resolver');
  const resolution = await resolve({
    requirements: roots,
    constraints: constraints.filter(({ direct }) => direct === undefined),
    environment: interpreter.markers,
    pythonVersion: interpreter.versionText,
    prereleases: prereleases === true ? 'allow' : 'if-necessary',
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
    return `${name} ${version} was withdrawn by its authors${warning.reason === '' ? '' : `: ${warning.reason}`}`;
  const provided = warning.provided.length === 0 ? 'none' : warning.provided.join(', ');
  return `${name} ${version} has no extra ${warning.extra}; it has ${provided}`;
}

/** The index and the wheels at hand as the resolver sees them; what is installed answers for itself. */
function createProvider(
  tool: Tool,
  store: Store,
  index: IndexClient,
  asked: AskedFor,
  installed: ReadonlyMap<NormalizedName, InstalledCandidate>,
  { interpreter, noDeps, requireHashes, formatsOf }: ResolveWheelsOptions,
): PackageProvider {
  const given = new Map([...asked.direct].map(([name, { wheel }]) => [name, wheel]));
  const provider = createPackageProvider({
    index,
    target: interpreter,
    given,
    formats: formatsOf,
    findStored(file) {
      const stored = findStoredFile(store, file);
      if (stored === undefined) store.expectWheel(file.size ?? 0);
      return stored;
    },
    fetchWheel: (file) => fetchWheel(tool, file, index),
    hashes: asked.hashes.toMap(),
  });
  return {
    ...provider,
    async candidates(name) {
      const constrained = given.has(name) ? undefined : await asked.takeConstrained(name);
      if (constrained !== undefined) given.set(name, constrained.wheel);
      return provider.candidates(name);
    },
    async requirements(candidate) {
      // Without a stated hash nothing of an artifact is believed, not even what it requires: it is refused in the end.
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
  { interpreter, prereleases, noDeps, requireHashes }: ResolveWheelsOptions,
): unknown {
  return [
    roots.map(({ requirement }) => formatRequirement(requirement)),
    [...hashes.toMap()],
    constraints.map(({ requirement }) => formatRequirement(requirement)),
    [...installed.values()].map(({ candidate, requiresDist }) => [
      candidate.name,
      candidate.version.text,
      requiresDist,
    ]),
    [prereleases, noDeps, requireHashes],
    [interpreter.executable, interpreter.markers, interpreter.versionText, interpreter.tags],
    tool.settings.index,
  ];
}
