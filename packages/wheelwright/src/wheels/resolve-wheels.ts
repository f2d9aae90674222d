// From requirements to stored wheels: inputs made into candidates, closed over by the resolver, fetched into the store.
// Shared by `install`, `sync` and the environments that builds run in; takes no environment lock.
import type { IndexClient } from '@wheelwright/index-client';
import {
  evaluateMarker,
  formatRequirement,
  type NormalizedName,
  parseRequirement,
  parseWheelFilename,
  type Requirement,
} from '@wheelwright/packaging';
import type { Interpreter } from '@wheelwright/python';
import type { Candidate, RootRequirement } from '@wheelwright/resolver';
import type { StoredWheel } from '@wheelwright/store';
import { mapConcurrently } from '../tool/map-concurrently.ts';
import type { Tool } from '../tool/tool.ts';
import { WheelwrightError } from '../tool/wheelwright-error.ts';
import type { DistributionSource, SourcedCandidate } from './distribution-source.ts';
import { fetchExpected } from './expected-hashes.ts';
import { fetchWheel, findStoredFile } from './fetch-wheel.ts';
import { checkPlatform, type GivenWheel, takeGivenWheel } from './given-wheels.ts';
import { createPackageProvider } from './package-provider.ts';
import type { RequirementInput } from './requirement-inputs.ts';
import { keepResolution, type ResolvedPin, recallResolution, resolutionKey } from './resolution-memo.ts';

/** One distribution to be in the environment: a wheel in the store, or one that is installed already and stays. */
export interface ResolvedWheel {
  readonly name: NormalizedName;
  readonly version: string;
  readonly requested: boolean;
  readonly requiredBy: readonly string[];
  /** undefined: installed already at this version. */
  readonly wheel: StoredWheel | undefined;
  /** direct_url.json's text, for wheels and trees that were named by path or URL. */
  readonly directUrl: string | undefined;
}

export interface ResolveWheelsOptions {
  readonly inputs: readonly RequirementInput[];
  readonly constraints?: readonly Requirement[] | undefined;
  readonly interpreter: Interpreter;
  /** What is installed: kept where it satisfies. */
  readonly installed?: ReadonlyMap<NormalizedName, InstalledCandidate> | undefined;
  readonly prereleases?: boolean | undefined;
  /** Only what is asked for, no dependencies. */
  readonly noDeps?: boolean | undefined;
  /** Makes a wheel of a source tree; absent where trees are not accepted. */
  readonly buildTree?: ((dir: string) => Promise<string>) | undefined;
}

/** What the resolver may keep: an installed distribution with its requirements. */
export interface InstalledCandidate {
  readonly candidate: Candidate;
  readonly requiresDist: readonly string[];
}

/**
 * Resolves and fetches. On return every wheel that is to be installed lies verified in the store.
 * @throws ResolverError when no set of versions meets every requirement; index, archive and store errors as they come.
 */
export async function resolveWheels(tool: Tool, options: ResolveWheelsOptions): Promise<readonly ResolvedWheel[]> {
  const { interpreter, inputs } = options;
  const started = Date.now();
  const store = await tool.store();
  const index = openIndexLazily(tool, interpreter);
  const given = new Map<NormalizedName, GivenWheel>();
  const roots: RootRequirement[] = [];
  const hashes = new Map<NormalizedName, readonly string[]>();

  for (const input of inputs) {
    if (input.kind === 'requirement') {
      roots.push({ requirement: input.requirement, source: input.source, requested: true });
      if (input.hashes.length > 0) hashes.set(input.requirement.normalizedName, input.hashes);
      continue;
    }
    if (input.marker !== undefined && !evaluateMarker(input.marker, interpreter.markers)) continue;
    const found = await takeGivenWheel(tool, input, index, options.buildTree);
    const { name, version } = parseWheelFilename(found.wheel.filename);
    if (input.name !== undefined && input.name !== name)
      throw new WheelwrightError(
        'WHEELWRIGHT_BAD_INPUT',
        `${input.source} asks for ${input.name}, and ${found.wheel.filename} is ${name}.`,
      );
    checkPlatform(found.wheel, interpreter);
    const earlier = given.get(name);
    if (earlier !== undefined && earlier.wheel.sha256 !== found.wheel.sha256)
      throw new WheelwrightError(
        'WHEELWRIGHT_BAD_INPUT',
        `Two different wheels of ${name} were given: ${earlier.wheel.filename} and ${found.wheel.filename}.`,
      );
    given.set(name, found);
    const extras = input.extras.length > 0 ? `[${input.extras.join(',')}]` : '';
    roots.push({
      requirement: parseRequirement(`${name}${extras}===${version.text}`),
      source: input.source,
      requested: true,
    });
  }

  const provider = createPackageProvider({
    index,
    target: interpreter,
    given: new Map([...given].map(([name, { wheel }]) => [name, wheel])),
    findStored(file) {
      const stored = findStoredFile(store, file);
      if (stored === undefined) store.expectWheel(file.size ?? 0);
      return stored;
    },
    fetchWheel: (file) => fetchWheel(tool, file, index),
    hashes,
  });
  const installed = new Map([...(options.installed ?? [])].filter(([name]) => !given.has(name)));
  const resolveAnew = async (): Promise<readonly ResolvedPin[]> => {
    const { resolve } = await import('@wheelwright/resolver');
    const { pins } = await resolve({
      requirements: roots,
      constraints: (options.constraints ?? []).map((requirement) => ({ requirement, source: 'a constraint' })),
      environment: interpreter.markers,
      pythonVersion: interpreter.versionText,
      prereleases: options.prereleases === true ? 'allow' : 'if-necessary',
      installed: new Map([...installed].map(([name, { candidate }]) => [name, candidate])),
      upgrade: 'none',
      provider: {
        ...provider,
        async requirements(candidate) {
          if (options.noDeps === true) return { requiresDist: [] };
          const kept = installed.get(candidate.name);
          if (kept !== undefined && (candidate as SourcedCandidate).file.from === 'installed')
            return { requiresDist: kept.requiresDist };
          return provider.requirements(candidate);
        },
      },
      ...(tool.signal === undefined ? {} : { signal: tool.signal }),
    });
    return pins.map(({ candidate, requested, requiredBy }) => {
      const { name, version, file } = candidate as SourcedCandidate;
      return { name, version: version.text, requested, requiredBy, source: file };
    });
  };
  const key = resolutionKey([
    roots.map(({ requirement }) => formatRequirement(requirement)),
    [...hashes],
    options.constraints?.map(formatRequirement),
    [...installed.values()].map(({ candidate, requiresDist }) => [
      candidate.name,
      candidate.version.text,
      requiresDist,
    ]),
    [options.prereleases, options.noDeps],
    [interpreter.executable, interpreter.markers, interpreter.versionText, interpreter.tags],
    tool.settings.index,
  ]);
  const known = given.size > 0 ? undefined : recallResolution(store, key, started);
  const pins = known ?? (await resolveAnew());
  if (known === undefined && given.size === 0) {
    keepResolution(store, key, pins, { now: started, until: index.freshUntil() });
  }
  tool.onEvent({ event: 'resolved', packages: pins.length, ms: Date.now() - started });

  const fetchStarted = Date.now();
  const fetched = new Map<ResolvedPin, StoredWheel | undefined>();
  // The largest first: it is what the rest can be done beside. No more than the index client sends at once: who waits for
  // the wire would keep others from a wheel that nobody fetches.
  const largestFirst = [...pins].sort((a, b) => sizeOf(b) - sizeOf(a));
  await mapConcurrently(largestFirst, { limit: 16, signal: tool.signal }, async (pin, signal) => {
    fetched.set(pin, await wheelOf(tool, pin.source, index, signal));
  });
  const wheels = pins.map((pin) => {
    const { source: _source, ...resolved } = pin;
    return { ...resolved, wheel: fetched.get(pin), directUrl: given.get(pin.name)?.directUrl };
  });
  tool.onEvent({ event: 'prepared', packages: wheels.length, ms: Date.now() - fetchStarted });
  return wheels;
}

/** In bytes, as far as the index says; nothing for what is here already. */
function sizeOf({ source }: ResolvedPin): number {
  return (source.from === 'index' ? source.file.size : undefined) ?? 0;
}

async function wheelOf(
  tool: Tool,
  source: DistributionSource,
  index: IndexClient,
  signal: AbortSignal,
): Promise<StoredWheel | undefined> {
  if (source.from === 'installed') return undefined;
  if (source.from === 'store') return source.wheel;
  if (source.from !== 'index') throw new Error(`bug: a wheel is asked of the source ${source.from}`);
  return fetchExpected(source, (file) => fetchWheel(tool, file, index, signal));
}

/** The index is opened only when something is asked of it, so that installing wheel files needs none. */
function openIndexLazily(tool: Tool, interpreter: Interpreter): IndexClient {
  let opened: IndexClient | undefined;
  const open = async () => {
    opened ??= await tool.index(interpreter);
    return opened;
  };
  return {
    files: async (name, wanted) => (await open()).files(name, wanted),
    metadata: async (file, readWhole) => (await open()).metadata(file, readWhole),
    download: async (file, targetPath, downloadOptions) => (await open()).download(file, targetPath, downloadOptions),
    freshUntil: () => opened?.freshUntil() ?? Number.POSITIVE_INFINITY,
    close: async () => {},
  };
}
