// Direct requirements made into stored wheels: a wheel by path or URL is taken as it is, everything else is built.
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { IndexClient } from '@wheelwright/index-client';
import { formatDirectUrl, type NormalizedName, parseWheelFilename, tagRank } from '@wheelwright/packaging';
import type { Interpreter } from '@wheelwright/python';
import type { StoredWheel } from '@wheelwright/store';
import type { Tool } from '../tool/tool.ts';
import { WheelwrightError } from '../tool/wheelwright-error.ts';
import { addStatedWheel, fetchWheel } from './fetch-wheel.ts';
import type { DirectInput } from './requirement-inputs.ts';
import type { BuildSource } from './resolution.ts';
import type { StatedHash } from './stated-hashes.ts';
import { requireStatedHash } from './stated-hashes.ts';

/** A wheel that stands in for every other version of its name. */
export interface DirectWheel {
  readonly name: NormalizedName;
  readonly wheel: StoredWheel;
  /** The text of direct_url.json (PEP 610). */
  readonly directUrl: string;
}

/** What {@link takeDirect} works with. */
export interface TakeDirectContext {
  readonly tool: Tool;
  readonly index: IndexClient;
  readonly interpreter: Interpreter;
  /** Builds a wheel of a directory or an sdist, into the store; absent where only wheels are accepted. */
  readonly build?: BuildSource | undefined;
}

/**
 * The wheel of a direct requirement, in the store.
 * @throws WheelwrightError WHEELWRIGHT_HASH_MISMATCH, WHEELWRIGHT_WRONG_PLATFORM, and WHEELWRIGHT_BAD_INPUT where the
 * distribution has another name than was asked for.
 */
export async function takeDirect(context: TakeDirectContext, input: DirectInput): Promise<DirectWheel> {
  const taken = await takeLocation(context, input);
  const { name } = parseWheelFilename(taken.wheel.filename);
  if (input.name !== undefined && input.name !== name)
    throw new WheelwrightError(
      'WHEELWRIGHT_BAD_INPUT',
      `${input.source} asks for ${input.name}, and ${taken.wheel.filename} is ${name}.`,
      { data: { source: input.source, expected: input.name, found: name } },
    );
  requirePlatform(taken.wheel, context.interpreter);
  return { name, ...taken };
}

type Taken = Omit<DirectWheel, 'name'>;

async function takeLocation(context: TakeDirectContext, input: DirectInput): Promise<Taken> {
  const { location, hashes } = input;
  if (location.kind === 'archive') {
    if (location.format === 'wheel') return takeWheel(context, location, hashes);
    return takeSdist(context, input, location);
  }
  refuseHashes(input);
  if (location.kind === 'repository')
    throw new WheelwrightError('WHEELWRIGHT_BAD_INPUT', `${input.source} names a repository, which is not supported.`);
  const wheel = await buildWheel(context, location.dir);
  const url = pathToFileURL(location.dir).href;
  return { wheel, directUrl: formatDirectUrl({ url, directory: { editable: false } }) };
}

async function takeWheel(
  { tool, index }: TakeDirectContext,
  location: { readonly path?: string | undefined; readonly url?: string | undefined },
  hashes: readonly StatedHash[],
): Promise<Taken> {
  const { path: wheelPath, url = '' } = location;
  if (wheelPath !== undefined) {
    const wheel = await addStatedWheel(await tool.store(), wheelPath, hashes);
    return { wheel, directUrl: archiveUrl(pathToFileURL(wheelPath).href, wheel.sha256) };
  }
  const wheel = await fetchWheel(tool, fileAt(url), index, { hashes });
  return { wheel, directUrl: archiveUrl(url, wheel.sha256) };
}

async function takeSdist(
  context: TakeDirectContext,
  { hashes, source }: DirectInput,
  location: {
    readonly path?: string | undefined;
    readonly url?: string | undefined;
    readonly subdirectory?: string | undefined;
  },
): Promise<Taken> {
  if (location.subdirectory !== undefined)
    throw new WheelwrightError(
      'WHEELWRIGHT_BAD_INPUT',
      `${source} names a subdirectory of an sdist, which is not supported.`,
    );
  const { tool, index } = context;
  const { path: sdistPath, url = '' } = location;
  if (sdistPath !== undefined) {
    const sha256 = requireStatedHash(sdistPath, hashes, { path: sdistPath });
    const wheel = await buildWheel(context, sdistPath);
    return { wheel, directUrl: archiveUrl(pathToFileURL(sdistPath).href, sha256) };
  }
  const staging = (await tool.store()).stage();
  try {
    const file = fileAt(url);
    const target = path.join(staging.dir, file.filename);
    const { sha256 } = await index.download(file, target, tool.signal === undefined ? {} : { signal: tool.signal });
    requireStatedHash(file.filename, hashes, { path: target, known: { sha256 } });
    const wheel = await buildWheel(context, target);
    return { wheel, directUrl: archiveUrl(url, sha256) };
  } finally {
    staging.release();
  }
}

async function buildWheel({ build }: TakeDirectContext, source: string): Promise<StoredWheel> {
  if (build === undefined)
    throw new WheelwrightError(
      'WHEELWRIGHT_BAD_INPUT',
      `${source} would have to be built, and only wheels are accepted here.`,
    );
  return build(source);
}

/** A directory or a repository has no bytes that a hash could be of. */
function refuseHashes({ location, hashes, source }: DirectInput): void {
  if (hashes.length === 0) return;
  throw new WheelwrightError(
    'WHEELWRIGHT_HASH_MISSING',
    `${source} is a ${location.kind}, whose hash cannot be checked, and a hash is stated for it.`,
    { hint: 'Name a wheel or an sdist, or state no hash.', data: { source } },
  );
}

function fileAt(url: string) {
  const { pathname } = new URL(url);
  const filename = decodeURIComponent(pathname.slice(pathname.lastIndexOf('/') + 1));
  return { filename, url, hashes: {}, yanked: false, source: 'find-links' as const, index: url };
}

/** direct_url.json of an archive; it holds no credentials. */
function archiveUrl(url: string, sha256: string): string {
  return formatDirectUrl({ url, archive: { hashes: { sha256 } } });
}

/** Throws WHEELWRIGHT_WRONG_PLATFORM where `interpreter` cannot use the wheel. */
function requirePlatform(wheel: StoredWheel, interpreter: Interpreter): void {
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
