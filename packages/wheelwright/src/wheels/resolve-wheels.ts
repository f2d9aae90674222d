// From requirements to stored wheels. Shared by `install`, `sync` and the environments that builds run in; takes no
// environment lock.
import type { IndexClient } from '@wheelwright/index-client';
import type { Interpreter } from '@wheelwright/python';
import type { StoredWheel } from '@wheelwright/store';
import { mapConcurrently } from '../tool/map-concurrently.ts';
import type { Tool } from '../tool/tool.ts';
import type { DistributionSource } from './distribution-source.ts';
import { fetchWheel } from './fetch-wheel.ts';
import { pinVersions } from './pin-versions.ts';
import { requireAllHashes } from './require-all-hashes.ts';
import type { ResolvedWheel, ResolveWheelsOptions } from './resolution.ts';
import type { ResolvedPin } from './resolution-memo.ts';
import { type AskedFor, takeInputs } from './take-inputs.ts';

/**
 * Resolves and fetches. On return every wheel that is to be installed is in the store, verified.
 * @throws ResolverError when no set of versions meets every requirement; WheelwrightError WHEELWRIGHT_HASH_MISMATCH and
 * WHEELWRIGHT_HASH_MISSING; index, archive and store errors as they come.
 */
export async function resolveWheels(tool: Tool, options: ResolveWheelsOptions): Promise<readonly ResolvedWheel[]> {
  const started = Date.now();
  const index = openIndexLazily(tool, options.interpreter);
  const { interpreter, build } = options;
  const asked = await takeInputs({ tool, index, interpreter, build }, options);
  const pins = await pinVersions(tool, index, asked, options);
  if (options.requireHashes === true) requireAllHashes(pins, asked);
  tool.onEvent({ event: 'resolved', packages: pins.length, ms: Date.now() - started });
  return fetchPins(tool, index, asked, pins);
}

async function fetchPins(
  tool: Tool,
  index: IndexClient,
  { hashes, direct }: AskedFor,
  pins: readonly ResolvedPin[],
): Promise<readonly ResolvedWheel[]> {
  const started = Date.now();
  await fetchPackOf(tool, pins);
  const fetched = new Map<ResolvedPin, StoredWheel | undefined>();
  // The largest first: the others are done beside it. No more than the index client sends at once: a task that waits for
  // a connection would keep others from a wheel that is not being fetched.
  const largestFirst = [...pins].sort((a, b) => sizeOf(b) - sizeOf(a));
  await mapConcurrently(largestFirst, { limit: 16, signal: tool.signal }, async (pin, signal) => {
    fetched.set(pin, await wheelOf(tool, pin.source, index, { signal, hashes: hashes.of(pin.name) }));
  });
  const wheels = pins.map((pin) => {
    const { source, ...resolved } = pin;
    const file = source.from === 'index' ? { file: source.file } : {};
    return { ...resolved, wheel: fetched.get(pin), directUrl: direct.get(pin.name)?.directUrl, ...file };
  });
  tool.onEvent({ event: 'prepared', packages: wheels.length, ms: Date.now() - started });
  return wheels;
}

/** From so many wheels that lack on, a request for the pack of the set is likely to save more than it costs. */
const packedFrom = 16;

/** The small wheels of the whole set with one request, where many of them lack and a remote has the pack. */
async function fetchPackOf(tool: Tool, pins: readonly ResolvedPin[]): Promise<void> {
  if (tool.settings.remote === undefined) return;
  const store = await tool.store();
  const hashes = pins.flatMap(({ source }) => (source.from === 'index' ? (source.file.hashes.sha256 ?? []) : []));
  if (hashes.filter((sha256) => store.findWheel(sha256) === undefined).length < packedFrom) return;
  await (await tool.remote())?.fetchPack(hashes, tool.signal);
}

/** In bytes, as far as the index says; nothing for what is here already. */
function sizeOf({ source }: ResolvedPin): number {
  return (source.from === 'index' ? source.file.size : undefined) ?? 0;
}

async function wheelOf(
  tool: Tool,
  source: DistributionSource,
  index: IndexClient,
  options: Parameters<typeof fetchWheel>[3],
): Promise<StoredWheel | undefined> {
  if (source.from === 'installed') return undefined;
  if (source.from === 'store') return source.wheel;
  if (source.from !== 'index') throw new Error(`bug: a wheel is asked of the source ${source.from}`);
  return fetchWheel(tool, source.file, index, options);
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
