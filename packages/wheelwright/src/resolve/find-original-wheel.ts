// Finds the wheel that an installed distribution came from: by its hash in the store, at the path it was installed from,
// by its hash on an index, or as the same version on an index. Used by `repair`.
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isCodedError } from '@wheelwright/errors';
import type { RepairTarget } from '@wheelwright/installer';
import { compareVersions, type DirectUrl, parseDirectUrl, tryParseVersion } from '@wheelwright/packaging';
import type { Interpreter } from '@wheelwright/python';
import type { StoredWheel } from '@wheelwright/store';
import type { SourcedCandidate } from '../requirements/distribution-source.ts';
import type { Tool } from '../tool/tool.ts';
import { fetchWheel, findStoredFile } from '../wheels/fetch-wheel.ts';
import { findSoundWheel } from '../wheels/find-intact-wheel.ts';
import { addLocalWheel } from '../wheels/local-wheels.ts';
import { createPackageProvider } from './package-provider.ts';

/** Where the wheel was found. `same-version`: it may be another file of that version. */
export type FoundIn = 'store' | 'origin' | 'index' | 'same-version';

export type FoundWheel =
  | { readonly wheel: StoredWheel; readonly foundIn: FoundIn }
  | { readonly wheel: undefined; readonly reason: string };

/** Looks for the wheel of `target`. Errors of the network or the index become part of the result. */
export async function findWheelAgain(tool: Tool, interpreter: Interpreter, target: RepairTarget): Promise<FoundWheel> {
  const store = await tool.store();
  const origin = readOrigin(target);
  const sha256 = target.wheelSha256 ?? origin?.archive?.hashes.sha256;
  const stored = sha256 === undefined ? undefined : findSoundWheel(store, sha256);
  if (stored !== undefined) return { wheel: stored, foundIn: 'store' };
  try {
    if (origin !== undefined) return await fromOrigin(tool, interpreter, origin, sha256);
    return await fromIndex(tool, interpreter, target, sha256);
  } catch (error) {
    tool.signal?.throwIfAborted();
    if (!isCodedError(error)) throw error;
    return { wheel: undefined, reason: error.message };
  }
}

function readOrigin({ directUrl }: RepairTarget): DirectUrl | undefined {
  try {
    return directUrl === undefined ? undefined : parseDirectUrl(directUrl);
  } catch {
    return undefined; // A malformed file of another tool gives no information.
  }
}

async function fromOrigin(
  tool: Tool,
  interpreter: Interpreter,
  { url, archive }: DirectUrl,
  sha256: string | undefined,
): Promise<FoundWheel> {
  if (archive === undefined || !/\.whl(?:#|$)/.test(url)) {
    return { wheel: undefined, reason: `it was built from ${url}: install it again from there` };
  }
  if (url.startsWith('file:')) {
    const file = fileURLToPath(url.replace(/#.*$/, ''));
    if (statSync(file, { throwIfNoEntry: false }) === undefined) {
      return { wheel: undefined, reason: `${file}, which it was installed from, no longer exists` };
    }
    return { wheel: await addLocalWheel(await tool.store(), file, sha256), foundIn: 'origin' };
  }
  const filename = decodeURIComponent(new URL(url).pathname.split('/').at(-1)!);
  const hashes = sha256 === undefined ? {} : { sha256 };
  const file = { filename, url, hashes, yanked: false, source: 'find-links' as const, index: url };
  return { wheel: await fetchWheel(tool, file, await tool.index(interpreter)), foundIn: 'origin' };
}

async function fromIndex(
  tool: Tool,
  interpreter: Interpreter,
  { name, version: text }: RepairTarget,
  sha256: string | undefined,
): Promise<FoundWheel> {
  const index = await tool.index(interpreter);
  const store = await tool.store();
  const candidates = async (hashes: ReadonlyMap<typeof name, readonly string[]>) => {
    const options = {
      index,
      target: interpreter,
      given: new Map(),
      findStored: findStoredFile.bind(undefined, store),
      hashes,
    };
    return (await createPackageProvider(options).candidates(name)) as readonly SourcedCandidate[];
  };
  const fetch = async (found: SourcedCandidate | undefined) =>
    found?.file.from === 'index' ? fetchWheel(tool, found.file.file, index) : undefined;
  const same = sha256 === undefined ? [] : await candidates(new Map([[name, [`sha256:${sha256}`]]]));
  const wheel = await fetch(same[0]);
  if (wheel !== undefined) return { wheel, foundIn: 'index' };
  const version = tryParseVersion(text);
  const found = (await candidates(new Map())).find(
    (one) => version !== undefined && compareVersions(one.version, version) === 0,
  );
  const other = await fetch(found);
  if (other !== undefined) return { wheel: other, foundIn: other.sha256 === sha256 ? 'index' : 'same-version' };
  return { wheel: undefined, reason: `the index has no wheel of ${name} ${text} for this interpreter` };
}
