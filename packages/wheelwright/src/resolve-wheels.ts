// From requirements to stored wheels: inputs made into candidates, closed over by the resolver, fetched into the store.
// Shared by `install`, `sync` and the environments that builds run in; takes no environment lock.
import { pathToFileURL } from 'node:url';
import type { IndexClient } from '@wheelwright/index-client';
import {
  evaluateMarker,
  formatDirectUrl,
  type NormalizedName,
  parseRequirement,
  parseWheelFilename,
  type Requirement,
  tagRank,
} from '@wheelwright/packaging';
import type { Interpreter } from '@wheelwright/python';
import type { Candidate, Pin, RootRequirement } from '@wheelwright/resolver';
import type { StoredWheel } from '@wheelwright/store';
import { fetchWheel, findStoredFile } from './fetch-wheel.ts';
import { addLocalWheel } from './local-wheels.ts';
import { mapConcurrently } from './map-concurrently.ts';
import { createPackageProvider, type SourcedCandidate } from './package-provider.ts';
import type { RequirementInput } from './requirement-inputs.ts';
import type { Tool } from './tool.ts';
import { WheelwrightError } from './wheelwright-error.ts';

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

interface GivenWheel {
  readonly wheel: StoredWheel;
  readonly directUrl: string;
}

/**
 * Resolves and fetches. On return every wheel that is to be installed lies verified in the store.
 * @throws ResolverError when no set of versions meets every requirement; index, archive and store errors as they come.
 */
export async function resolveWheels(tool: Tool, options: ResolveWheelsOptions): Promise<readonly ResolvedWheel[]> {
  const { interpreter, inputs } = options;
  const started = Date.now();
  const store = await tool.store();
  const index = await openIndexLazily(tool, interpreter);
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
    const found = await takeGiven(tool, input, index, options);
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
    interpreter,
    given: new Map([...given].map(([name, { wheel }]) => [name, wheel])),
    findStored(file) {
      const stored = findStoredFile(store, file);
      if (stored === undefined) store.expectWheel(file.size ?? 0);
      return stored;
    },
    hashes,
  });
  const installed = new Map([...(options.installed ?? [])].filter(([name]) => !given.has(name)));
  const { resolve } = await import('@wheelwright/resolver');
  const resolution = await resolve({
    requirements: roots,
    ...(options.constraints === undefined ? {} : { constraints: options.constraints }),
    environment: interpreter.markers,
    pythonVersion: interpreter.versionText,
    prereleases: options.prereleases === true ? 'allow' : 'if-necessary',
    installed: new Map([...installed].map(([name, { candidate }]) => [name, candidate])),
    upgrade: 'none',
    provider: {
      candidates: (name) => provider.candidates(name),
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
  tool.onEvent({ event: 'resolved', packages: resolution.pins.length, ms: Date.now() - started });

  const fetchStarted = Date.now();
  const fetched = new Map<Pin, StoredWheel | undefined>();
  // The largest first: it is what the rest can be done beside. How many are on the wire at once the index client says.
  const largestFirst = [...resolution.pins].sort((a, b) => sizeOf(b) - sizeOf(a));
  await mapConcurrently(largestFirst, { limit: 32, signal: tool.signal }, async (pin, signal) => {
    fetched.set(pin, await wheelOf(tool, pin, index, signal));
  });
  const wheels = resolution.pins.map((pin) =>
    toResolved(pin, fetched.get(pin), given.get(pin.candidate.name)?.directUrl),
  );
  tool.onEvent({ event: 'prepared', packages: wheels.length, ms: Date.now() - fetchStarted });
  return wheels;
}

function toResolved(pin: Pin, wheel: StoredWheel | undefined, directUrl: string | undefined): ResolvedWheel {
  const { name, version } = pin.candidate;
  return { name, version: version.text, requested: pin.requested, requiredBy: pin.requiredBy, wheel, directUrl };
}

/** In bytes, as far as the index says; nothing for what is here already. */
function sizeOf(pin: Pin): number {
  const source = (pin.candidate as SourcedCandidate).file;
  return (source.from === 'index' ? source.file.size : undefined) ?? 0;
}

async function wheelOf(
  tool: Tool,
  pin: Pin,
  index: IndexClient,
  signal: AbortSignal,
): Promise<StoredWheel | undefined> {
  const source = (pin.candidate as SourcedCandidate).file;
  if (source.from === 'installed') return undefined;
  if (source.from === 'store') return source.wheel;
  return fetchWheel(tool, source.file, index, signal);
}

async function takeGiven(
  tool: Tool,
  input: Exclude<RequirementInput, { kind: 'requirement' }>,
  index: IndexClient,
  options: ResolveWheelsOptions,
): Promise<GivenWheel> {
  const store = await tool.store();
  if (input.kind === 'wheel') {
    const wheel = await addLocalWheel(store, input.path);
    return { wheel, directUrl: archiveUrl(pathToFileURL(input.path).href, wheel) };
  }
  if (input.kind === 'wheel-url') {
    const url = new URL(input.url);
    const sha256 = /[#&]sha256=([0-9a-f]{64})/.exec(url.hash)?.[1];
    const filename = decodeURIComponent(url.pathname.slice(url.pathname.lastIndexOf('/') + 1));
    const wheel = await fetchWheel(
      tool,
      {
        filename,
        url: input.url,
        hashes: sha256 === undefined ? {} : { sha256 },
        yanked: false,
        source: 'find-links',
        index: input.url,
      },
      index,
    );
    url.username = '';
    url.password = '';
    url.hash = '';
    return { wheel, directUrl: archiveUrl(url.href, wheel) };
  }
  if (options.buildTree === undefined)
    throw new WheelwrightError(
      'WHEELWRIGHT_BAD_INPUT',
      `${input.dir} is a directory, and only wheels are accepted here.`,
    );
  const wheelPath = await options.buildTree(input.dir);
  return {
    wheel: await store.addWheel(wheelPath),
    directUrl: formatDirectUrl({ url: pathToFileURL(input.dir).href, directory: { editable: false } }),
  };
}

function archiveUrl(url: string, { sha256 }: StoredWheel): string {
  return formatDirectUrl({ url, archive: { hashes: { sha256 } } });
}

function checkPlatform(wheel: StoredWheel, interpreter: Interpreter): void {
  const { tags } = parseWheelFilename(wheel.filename);
  if (tagRank(tags, interpreter.tags) !== undefined) return;
  throw new WheelwrightError(
    'WHEELWRIGHT_WRONG_PLATFORM',
    `${wheel.filename} is not for Python ${interpreter.versionText} on ${interpreter.platform}.`,
    {
      hint: 'Take the wheel for this Python and platform, or an environment of the Python it was made for.',
      data: { filename: wheel.filename, tags, python: interpreter.versionText, platform: interpreter.platform },
    },
  );
}

/** The index is opened only when something is asked of it, so that installing wheel files needs none. */
async function openIndexLazily(tool: Tool, interpreter: Interpreter): Promise<IndexClient> {
  return {
    files: async (name, wanted) => (await tool.index(interpreter)).files(name, wanted),
    metadata: async (file) => (await tool.index(interpreter)).metadata(file),
    download: async (file, targetPath, downloadOptions) =>
      (await tool.index(interpreter)).download(file, targetPath, downloadOptions),
    close: async () => {},
  };
}
