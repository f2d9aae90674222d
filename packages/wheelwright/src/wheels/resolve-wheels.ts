// From requirements to stored wheels. Shared by `install`, `sync` and the environments that builds run in; takes no
// environment lock.
import { availableParallelism } from 'node:os';
import type { IndexClient } from '@wheelwright/index-client';
import { formatDirectUrl } from '@wheelwright/packaging';
import type { Interpreter } from '@wheelwright/python';
import type { StoredWheel } from '@wheelwright/store';
import { mapConcurrently } from '../tool/map-concurrently.ts';
import type { Tool } from '../tool/tool.ts';
import type { DistributionSource } from './distribution-source.ts';
import { fetchWheel, findStoredFile } from './fetch-wheel.ts';
import { pinVersions } from './pin-versions.ts';
import { requireAllHashes } from './require-all-hashes.ts';
import type { OpenResolution, ResolvedDistribution, ResolvedWheel, ResolveWheelsOptions } from './resolution.ts';
import type { ResolvedPin } from './resolution-memo.ts';
import { type ResolutionContext, takeInputs } from './take-inputs.ts';
import { readStoredMetadata } from './wheel-trees.ts';

/**
 * Resolves and fetches: {@link openResolution}, its wheels in the store.
 * @throws as {@link openResolution}, and what building throws.
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
 * Resolves. Sources are opened as far as their metadata; no wheel of an index is downloaded where its metadata can be had
 * otherwise.
 * @throws ResolverError when no set of versions meets every requirement; WheelwrightError WHEELWRIGHT_HASH_MISMATCH and
 * WHEELWRIGHT_HASH_MISSING; index, archive, build and store errors as they come.
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
 * The wheels of pins that `choose` gives: those of the resolver, or those of a lock.
 * @throws what `choose` throws; everything is closed then.
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
  await reportFetching(tool, distributions);
  const wheels = new Map<ResolvedDistribution, StoredWheel | undefined>();
  const isBuilt = ({ source: { from } }: ResolvedDistribution) => from === 'sdist' || from === 'direct';
  const fetch = async (one: ResolvedDistribution, signal: AbortSignal) => {
    wheels.set(one, await wheelOf(context, one, signal));
  };
  // The largest first: the others are done beside it. No more than the index client sends at once: a task that waits for
  // a connection would keep others from a wheel that is not being fetched.
  const downloads = distributions.filter((one) => !isBuilt(one)).sort((a, b) => sizeOf(b) - sizeOf(a));
  await Promise.all([
    mapConcurrently(downloads, { limit: 16, signal: tool.signal }, fetch),
    mapConcurrently(distributions.filter(isBuilt), { limit: availableParallelism(), signal: tool.signal }, fetch),
  ]);
  tool.onEvent({ event: 'prepared', packages: distributions.length, ms: Date.now() - started });
  return distributions.map((one) => ({ ...one, wheel: wheels.get(one) }));
}

/** From so many wheels that lack on, a request for the pack of the set is likely to save more than it costs. */
const packedFrom = 16;

/** The small wheels of the whole set with one request, where many of them lack and a remote has the pack. */
async function fetchPackOf(tool: Tool, pins: readonly ResolvedDistribution[]): Promise<void> {
  if (tool.settings.remote === undefined) return;
  const store = await tool.store();
  const hashes = pins.flatMap(({ source }) => (source.from === 'index' ? (source.file.hashes.sha256 ?? []) : []));
  if (hashes.filter((sha256) => store.findWheel(sha256) === undefined).length < packedFrom) return;
  await (await tool.remote())?.fetchPack(hashes, tool.signal);
}

async function reportFetching(tool: Tool, distributions: readonly ResolvedDistribution[]): Promise<void> {
  const store = await tool.store();
  const files = distributions.flatMap(({ source }) =>
    source.from === 'index' && findStoredFile(store, source.file) === undefined ? [source.file] : [],
  );
  if (files.length === 0) return;
  const bytes = files.every(({ size }) => size !== undefined)
    ? files.reduce((sum, { size = 0 }) => sum + size, 0)
    : undefined;
  tool.onEvent({ event: 'fetching', files: files.length, bytes });
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

/** In bytes, as far as the index says; nothing for what is here already. */
function sizeOf({ source }: ResolvedDistribution): number {
  return (source.from === 'index' ? source.file.size : undefined) ?? 0;
}

function directUrlOf(source: DistributionSource): string | undefined {
  return source.from === 'direct' ? formatDirectUrl(source.direct.directUrl) : undefined;
}

async function wheelOf(
  { tool, index, opener }: Omit<ResolutionContext, 'asked'>,
  { source }: ResolvedDistribution,
  signal: AbortSignal,
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
      return fetchWheel(tool, source.file, index, { signal, hashes: source.hashes });
  }
}

/** The index is opened only when something is asked of it, so that installing wheel files needs none. */
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
