// `download` and `wheel`: download the files that a resolution chooses into a directory, and install nothing. A file gets
// its name only when it is complete and has the hash that its index states.
import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { nodeFs, removeTree, uniqueSuffix } from '@wheelwright/atomic-fs';
import type { IndexClient, IndexFile } from '@wheelwright/index-client';
import { openBuildSources } from '../build/build.ts';
import { chooseInterpreter, isForAnotherMachine, type PlaceOptions } from '../environment/place.ts';
import type { SourceOpener } from '../requirements/distribution-source.ts';
import { type AskOptions, readAskedFor } from '../requirements/read-asked-for.ts';
import type { RequirementInput } from '../requirements/requirement-inputs.ts';
import { requireStatedHash, type StatedHash } from '../requirements/stated-hashes.ts';
import { pinVersions } from '../resolve/pin-versions.ts';
import { requireAllHashes } from '../resolve/require-all-hashes.ts';
import type { ResolvedPin } from '../resolve/resolution-memo.ts';
import { openIndexLazily } from '../resolve/resolve-wheels.ts';
import { takeInputs } from '../resolve/take-inputs.ts';
import { type CallOptions, withCall } from '../tool/call.ts';
import { mapConcurrently } from '../tool/map-concurrently.ts';
import type { Tool } from '../tool/tool.ts';
import { WheelwrightError } from '../tool/wheelwright-error.ts';

/** What to download, for which Python, and into which directory. */
export interface DownloadOptions
  extends CallOptions,
    AskOptions,
    Omit<PlaceOptions, 'target' | 'breakSystemPackages' | 'dryRun'> {
  /** The directory, created if missing; the working directory by default. */
  readonly dir?: string | undefined;
  /** Build wheels from sdists, instead of downloading the sdists themselves. */
  readonly buildsSdists?: boolean | undefined;
  /** Only the named requirements, without dependencies. */
  readonly noDeps?: boolean | undefined;
}

/** A downloaded file. */
export interface DownloadedFile {
  /** The normalized name of its project (PEP 503). */
  readonly name: string;
  /** The version in its file name. */
  readonly version: string;
  /** Absolute. */
  readonly path: string;
  /** False if the directory already had it with the same content. */
  readonly fetched: boolean;
}

/**
 * Resolves the requirements and downloads their distributions into a directory. A source that must be built is saved as the
 * built wheel.
 * @throws the errors of resolving, fetching and building. Files that were saved before the error stay.
 */
export async function download(tool: Tool, options: DownloadOptions): Promise<readonly DownloadedFile[]> {
  return withCall(tool, options, (called) => downloadWith(called, options));
}

async function downloadWith(tool: Tool, options: DownloadOptions): Promise<readonly DownloadedFile[]> {
  const dir = path.resolve(tool.settings.workingDir, options.dir ?? '.');
  const { interpreter } = await chooseInterpreter(tool, options);
  const asked = await readAskedFor(tool, interpreter, options);
  if (asked.inputs.length === 0)
    throw new WheelwrightError('WHEELWRIGHT_USAGE', 'Nothing to download was named.', {
      hint: 'Name a requirement, or a file with -r.',
    });
  mkdirSync(dir, { recursive: true });
  const started = Date.now();
  const index = openIndexLazily(asked.tool, interpreter);
  const built = new Map<string, string>();
  const canBuild = !isForAnotherMachine(options);
  // The store keeps wheels unpacked, so builds save their wheel files in the directory itself.
  const builds = {
    interpreter,
    canBuild,
    outDir: dir,
    onBuilt: (file: string, sha256: string) => built.set(sha256, file),
  };
  const openSources = openBuildSources(asked.tool, builds);
  const opener = openSources(index);
  try {
    const choices = { ...asked, interpreter, noDeps: options.noDeps, openSources };
    const taken = await takeInputs(opener, choices);
    const pins = await pinVersions({ tool: asked.tool, index, opener, asked: taken }, choices);
    if (asked.requireHashes) requireAllHashes(pins, taken);
    tool.onEvent({ event: 'resolved', packages: pins.length, ms: Date.now() - started });
    const buildsSdists = options.buildsSdists === true;
    const fetchAll = { buildsSdists, tool: asked.tool, index, opener, dir, inputs: asked.inputs, built };
    return await mapConcurrently(pins, { limit: 8, signal: tool.signal }, (pin, signal) =>
      putFile(pin, { ...fetchAll, signal, hashes: taken.hashes.of(pin.name) ?? [] }),
    );
  } finally {
    opener.close();
  }
}

interface PutContext {
  readonly tool: Tool;
  readonly index: IndexClient;
  readonly opener: SourceOpener;
  readonly dir: string;
  readonly buildsSdists: boolean;
  readonly inputs: readonly RequirementInput[];
  /** Paths of wheels that were built into the directory, by hash. */
  readonly built: ReadonlyMap<string, string>;
  readonly hashes: readonly StatedHash[];
  readonly signal: AbortSignal;
}

async function putFile(pin: ResolvedPin, context: PutContext): Promise<DownloadedFile> {
  const { name, version, source } = pin;
  const about = { name, version };
  if (source.from === 'sdist' && context.buildsSdists) {
    const { sha256 } = await context.opener.sdistWheel(source);
    const path = context.built.get(sha256);
    if (path === undefined) throw new Error(`bug: the wheel of ${source.file.filename} was built elsewhere`);
    return { ...about, path, fetched: true };
  }
  if (source.from === 'index' || source.from === 'sdist')
    return { ...about, ...(await fetchInto(source.file, context)) };
  if (source.from !== 'direct') throw new Error(`bug: a file is asked of the source ${source.from}`);
  const { sha256, filename } = await context.opener.wheelOf(source.direct);
  const builtAt = context.built.get(sha256);
  if (builtAt !== undefined) return { ...about, path: builtAt, fetched: true };
  const origin = originOf(filename, context.inputs);
  if ('url' in origin)
    return { ...about, ...(await fetchInto({ filename, url: origin.url, hashes: { sha256 } }, context)) };
  const target = path.join(context.dir, filename);
  if (target === origin.path) return { ...about, path: target, fetched: false };
  placeWhole(target, (temporary) => copyFileSync(origin.path, temporary));
  return { ...about, path: target, fetched: true };
}

/** The source of a wheel that the request names by path or URL. */
function originOf(filename: string, inputs: readonly RequirementInput[]): { path: string } | { url: string } {
  for (const input of inputs) {
    if (input.kind !== 'direct' || input.location.kind !== 'archive') continue;
    const { path: file, url } = input.location;
    if (file !== undefined && path.basename(file) === filename) return { path: file };
    if (url !== undefined && decodeURIComponent(new URL(url).pathname).endsWith(`/${filename}`)) return { url };
  }
  throw new Error(`bug: nothing that was asked for brings ${filename}`);
}

type Fetchable = Pick<IndexFile, 'filename' | 'url' | 'hashes'>;

async function fetchInto(
  file: Fetchable,
  { tool, index, dir, hashes, signal }: PutContext,
): Promise<Pick<DownloadedFile, 'path' | 'fetched'>> {
  const target = path.join(dir, file.filename);
  const stated = [
    ...hashes,
    ...Object.entries(file.hashes).map(([algorithm, digest]) => `${algorithm}:${digest}` as StatedHash),
  ];
  if (existsSync(target) && stated.length > 0 && hasHash(target, stated)) return { path: target, fetched: false };
  const started = Date.now();
  tool.onEvent({ event: 'downloading', filename: file.filename });
  const temporary = temporaryFor(target);
  try {
    const { size, sha256 } = await index.download(file, temporary, { signal });
    requireStatedHash(file.filename, hashes, { path: temporary, known: { sha256 } });
    nodeFs.rename(temporary, target);
    tool.onEvent({ event: 'downloaded', filename: file.filename, size, ms: Date.now() - started });
  } finally {
    removeTree(temporary);
  }
  return { path: target, fetched: true };
}

function hasHash(file: string, stated: readonly StatedHash[]): boolean {
  try {
    requireStatedHash(file, stated, { path: file });
    return true;
  } catch {
    return false; // A different file of that name is replaced.
  }
}

function placeWhole(target: string, write: (temporary: string) => void): void {
  const temporary = temporaryFor(target);
  try {
    write(temporary);
    nodeFs.rename(temporary, target);
  } finally {
    removeTree(temporary);
  }
}

function temporaryFor(target: string): string {
  return path.join(path.dirname(target), `.${path.basename(target)}.${uniqueSuffix()}`);
}
