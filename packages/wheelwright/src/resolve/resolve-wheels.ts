// Turns requirements into wheels in the store, for `install`, `sync` and build environments. Takes no environment lock.
import { availableParallelism } from 'node:os';
import type { IndexClient, IndexFile } from '@wheelwright/index-client';
import { formatDirectUrl } from '@wheelwright/packaging';
import type { Interpreter } from '@wheelwright/python';
import type { StoredWheel } from '@wheelwright/store';
import type { DistributionSource } from '../requirements/distribution-source.ts';
import type {
  OpenResolution,
  ResolvedDistribution,
  ResolvedWheel,
  ResolveWheelsOptions,
} from '../requirements/resolution.ts';
import { mapConcurrently } from '../tool/map-concurrently.ts';
import type { Tool } from '../tool/tool.ts';
import { type FetchOptions, fetchWheel, findStoredFile } from '../wheels/fetch-wheel.ts';
import { readStoredMetadata } from '../wheels/wheel-trees.ts';
import { pinVersions } from './pin-versions.ts';
import { requireAllHashes } from './require-all-hashes.ts';
import type { ResolvedPin } from './resolution-memo.ts';
import { type ResolutionContext, takeInputs } from './take-inputs.ts';

/**
 * Resolves requirements and fetches all wheels.
 * @throws as {@link openResolution}, and the errors of builds.
 */
export async function resolveWheels(tool: Tool, options: ResolveWheelsOptions): Promise<readonly ResolvedWheel[]> {
  const resolution = await openResolution(tool, options);
  try {
    return await resolution.fetch();
  } finally {
    resolution.close();
  }
}

/**
 * Resolves requirements. It opens sources only to read their metadata, and downloads a wheel of an index only if there is
 * no other way to its metadata.
 * @throws ResolverError if no set of versions meets all requirements; WheelwrightError WHEELWRIGHT_HASH_MISMATCH and
 * WHEELWRIGHT_HASH_MISSING; errors of index, archives, builds and store pass unchanged.
 */
export async function openResolution(tool: Tool, options: ResolveWheelsOptions): Promise<OpenResolution> {
  return openPins(tool, options, async (context) => {
    const asked = await takeInputs(context.opener, options);
    const pins = await pinVersions({ ...context, asked }, options);
    if (options.requireHashes === true) requireAllHashes(pins, asked);
    return pins;
  });
}

/**
 * A resolution with the pins that `choose` returns, from the resolver or from a lock.
 * @throws the errors of `choose`; everything is closed then.
 */
export async function openPins(
  tool: Tool,
  { interpreter, openSources }: Pick<ResolveWheelsOptions, 'interpreter' | 'openSources'>,
  choose: (context: Omit<ResolutionContext, 'asked'>) => Promise<readonly ResolvedPin[]>,
): Promise<OpenResolution> {
  const started = Date.now();
  const index = openIndexLazily(tool, interpreter);
  const opener = openSources(index);
  try {
    const pins = await choose({ tool, index, opener });
    tool.onEvent({ event: 'resolved', packages: pins.length, ms: Date.now() - started });
    const distributions = pins.map((pin) => ({ ...pin, directUrl: directUrlOf(pin.source) }));
    return {
      distributions,
      fetch: () => fetchAll({ tool, index, opener }, distributions),
      metadata: (one) => metadataOf({ tool, index, opener }, one),
      close: () => opener.close(),
    };
  } catch (error) {
    opener.close();
    throw error;
  }
}

async function fetchAll(
  context: Omit<ResolutionContext, 'asked'>,
  distributions: readonly ResolvedDistribution[],
): Promise<readonly ResolvedWheel[]> {
  const { tool } = context;
  const started = Date.now();
  await fetchPackOf(tool, distributions);
  const stored = await findStoredWheels(tool, distributions);
  const wheels = new Map<ResolvedDistribution, StoredWheel | undefined>();
  const isBuilt = ({ source: { from } }: ResolvedDistribution) => from === 'sdist' || from === 'direct';
  const fetch = async (one: ResolvedDistribution, signal: AbortSignal, onUnpacked: () => void) => {
    const known = one.source.from === 'index' ? stored.get(one.source.file) : undefined;
    wheels.set(one, await wheelOf(context, one, { signal, onUnpacked, known }));
  };
  // The largest wheel first, since the others then finish beside it. No more tasks than the index client sends requests: a
  // task that waits for a connection would block a task that needs none. An unpacked wheel that waits for the disk makes room for the next one.
  const downloads = distributions.filter((one) => !isBuilt(one)).sort((a, b) => sizeOf(b) - sizeOf(a));
  await Promise.all([
    mapConcurrently(downloads, { limit: 16, signal: tool.signal }, fetch),
    mapConcurrently(distributions.filter(isBuilt), { limit: availableParallelism(), signal: tool.signal }, fetch),
  ]);
  tool.onEvent({ event: 'prepared', packages: distributions.length, ms: Date.now() - started });
  return distributions.map((one) => ({ ...one, wheel: wheels.get(one) }));
}

/** If at least this many small wheels are missing, fetching the pack of the set usually saves time. */
const packedFrom = 16;

/** Fetches the small wheels of the set with one request, if many are missing and a remote has the pack. */
async function fetchPackOf(tool: Tool, pins: readonly ResolvedDistribution[]): Promise<void> {
  if (tool.settings.remote === undefined) return;
  const store = await tool.store();
  const hashes = pins.flatMap(({ source }) => (source.from === 'index' ? (source.file.hashes.sha256 ?? []) : []));
  if (hashes.filter((sha256) => store.findWheel(sha256) === undefined).length < packedFrom) return;
  await (await tool.remote())?.fetchPack(hashes, tool.signal);
}

/** The wheels of an index that the store has. Reports what is left to be fetched. */
async function findStoredWheels(
  tool: Tool,
  distributions: readonly ResolvedDistribution[],
): Promise<ReadonlyMap<IndexFile, StoredWheel>> {
  const store = await tool.store();
  const stored = new Map<IndexFile, StoredWheel>();
  const missing: IndexFile[] = [];
  for (const { source } of distributions) {
    if (source.from !== 'index') continue;
    const wheel = findStoredFile(store, source.file);
    if (wheel === undefined) missing.push(source.file);
    else stored.set(source.file, wheel);
  }
  if (missing.length === 0) return stored;
  const bytes = missing.every(({ size }) => size !== undefined)
    ? missing.reduce((sum, { size = 0 }) => sum + size, 0)
    : undefined;
  tool.onEvent({ event: 'fetching', files: missing.length, bytes });
  return stored;
}

async function metadataOf(
  { tool, index, opener }: Omit<ResolutionContext, 'asked'>,
  { name, source }: ResolvedDistribution,
): Promise<string> {
  switch (source.from) {
    case 'installed':
      throw new Error(`bug: the metadata of ${name} is asked of its source, but it is installed`);
    case 'store':
      return readStoredMetadata(source.wheel);
    case 'direct':
      return source.direct.metadata;
    case 'sdist':
      return opener.sdistMetadata(source);
    case 'index': {
      const stored = findStoredFile(await tool.store(), source.file);
      return stored === undefined ? index.metadata(source.file) : readStoredMetadata(stored);
    }
  }
}

/** The size in bytes, if the index states it; 0 for a wheel that the store has. */
function sizeOf({ source }: ResolvedDistribution): number {
  return (source.from === 'index' ? source.file.size : undefined) ?? 0;
}

function directUrlOf(source: DistributionSource): string | undefined {
  return source.from === 'direct' ? formatDirectUrl(source.direct.directUrl) : undefined;
}

async function wheelOf(
  { tool, index, opener }: Omit<ResolutionContext, 'asked'>,
  { source }: ResolvedDistribution,
  options: Pick<FetchOptions, 'signal' | 'onUnpacked' | 'known'>,
): Promise<StoredWheel | undefined> {
  switch (source.from) {
    case 'installed':
      return undefined;
    case 'store':
      return source.wheel;
    case 'direct':
      return opener.wheelOf(source.direct);
    case 'sdist':
      return opener.sdistWheel(source);
    case 'index':
      return fetchWheel(tool, source.file, index, { ...options, hashes: source.hashes });
  }
}

/** Opens the index on first use, so that installing wheel files needs none. */
export function openIndexLazily(tool: Tool, interpreter: Interpreter): IndexClient {
  let opened: IndexClient | undefined;
  const open = async () => {
    opened ??= await tool.index(interpreter);
    return opened;
  };
  return {
    files: async (name, wanted) => (await open()).files(name, wanted),
    metadata: async (file, readWhole) => (await open()).metadata(file, readWhole),
    download: async (file, targetPath, downloadOptions) => (await open()).download(file, targetPath, downloadOptions),
    status: (name) => opened?.status(name),
    freshUntil: () => opened?.freshUntil() ?? Number.POSITIVE_INFINITY,
    close: async () => {},
  };
}
