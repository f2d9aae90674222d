// `cache push|pull|stats` and `remote check|keygen`: copies wheels to and from the remote without an environment, reports
// its statistics, tests it, and makes keys.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { IndexFile } from '@wheelwright/index-client';
import type { Interpreter } from '@wheelwright/python';
import type { RemoteCache, RemoteCheck, RemoteStats } from '@wheelwright/remote-store';
import { openBuildSources } from '../build/build.ts';
import { type CallOptions, withCall } from '../tool/call.ts';
import type { Tool } from '../tool/tool.ts';
import { WheelwrightError } from '../tool/wheelwright-error.ts';
import { readAskedFor } from '../wheels/read-asked-for.ts';
import type { ResolvedWheel } from '../wheels/resolution.ts';
import { resolveWheels } from '../wheels/resolve-wheels.ts';

/** Which wheels: those that these requirements resolve to for one interpreter. */
export interface PullOptions extends CallOptions {
  /** Requirements, as for `install`. */
  readonly requirements?: readonly string[] | undefined;
  /** Requirements files. */
  readonly requirementFiles?: readonly string[] | undefined;
  /** The interpreter of the wheels: a path, a name or a version. */
  readonly python?: string | undefined;
}

/** Which wheels to push, and how. */
export interface PushOptions extends PullOptions {
  /** Also store the small wheels of the set as one object. */
  readonly pack?: boolean | undefined;
  /** Read existing objects, and replace wrong ones. */
  readonly verify?: boolean | undefined;
}

/** The result of a push, by file name. */
export interface PushedWheels {
  /** Written, possibly over a wrong object. */
  readonly stored: readonly string[];
  /** Already stored. */
  readonly present: readonly string[];
  /** Not stored: the index states no hash, or the remote refused. */
  readonly skipped: readonly string[];
  /** Whether a pack was written. */
  readonly packed: boolean;
}

/** The result of a pull. */
export interface PulledWheels {
  /** All wheels of the set, which are in the store now. */
  readonly wheels: readonly ResolvedWheel[];
  /** The remote's statistics for this pull. */
  readonly stats: Readonly<RemoteStats>;
}

/** The remote's statistics for this machine. */
export interface RemoteFigures {
  /** The address, without credentials. */
  readonly remote: string;
  /** The sum over all commands whose statistics the store still has. */
  readonly stats: Partial<RemoteStats>;
}

/**
 * Copies the wheels that requirements resolve to from their index to the remote. Wheels that the store lacks are added to it
 * too. On return all writes have ended.
 * @throws WheelwrightError WHEELWRIGHT_USAGE if no remote is configured or its mode is `read`; RemoteError if it fails.
 */
export async function pushWheels(tool: Tool, options: PushOptions): Promise<PushedWheels> {
  return withCall(tool, options, (called) => pushWheelsWith(called, options));
}

async function pushWheelsWith(tool: Tool, options: PushOptions): Promise<PushedWheels> {
  const remote = await requireRemote(tool);
  if (!remote.isWritable)
    throw new WheelwrightError(
      'WHEELWRIGHT_USAGE',
      `The mode of ${remote.name} is read, so nothing can be pushed to it.`,
      {
        hint: 'Set WHEELWRIGHT_REMOTE_MODE to write.',
      },
    );
  const { wheels, indexTool, interpreter } = await resolve(tool, options);
  const [store, index] = [await tool.store(), await indexTool.index(interpreter)];
  // Wheels that the resolution added to the store were already offered to the remote.
  await remote.flush();
  const { packedBelow } = await import('@wheelwright/remote-store');
  const [there, tried, skipped] = [[] as string[], new Map<string, string>(), [] as string[]];
  const small: { sha256: string; bytes: Uint8Array }[] = [];
  for (const { source } of wheels) {
    if (source.from !== 'index') continue;
    const { file } = source;
    const { sha256 } = file.hashes;
    if (sha256 === undefined || file.url.startsWith('file:')) {
      skipped.push(file.filename);
      continue;
    }
    tried.set(sha256, file.filename);
    const staging = store.stage();
    try {
      const verifyPath = path.join(staging.dir, 'verified');
      const isThere = await isPresent(remote, file, sha256, verifyPath, options.verify === true, tool.signal);
      if (isThere) there.push(sha256);
      const isSmall = options.pack === true && (file.size ?? 0) < packedBelow;
      if (isThere && !isSmall) continue;
      const wheelPath = path.join(staging.dir, 'download');
      await index.download(file, wheelPath, { signal: tool.signal });
      if (!isThere) await remote.offer(wheelPath, sha256);
      if (!isSmall) continue;
      const bytes = readFileSync(wheelPath);
      if (bytes.length < packedBelow) small.push({ sha256, bytes });
    } finally {
      staging.release();
    }
  }
  await remote.flush();
  const packed = small.length > 0 && (await remote.storePack([...tried.keys()], small, tool.signal));
  const filenames = (hashes: readonly string[]) => hashes.map((sha256) => tried.get(sha256)!);
  const stored = [...tried.keys()].filter((sha256) => remote.stored.has(sha256));
  const refused = [...tried.keys()].filter((sha256) => !remote.stored.has(sha256) && !there.includes(sha256));
  return {
    stored: filenames(stored),
    present: filenames(there.filter((sha256) => !remote.stored.has(sha256))),
    skipped: [...skipped, ...filenames(refused)],
    packed,
  };
}

/**
 * Copies the wheels that requirements resolve to into the store, from the remote if it has them.
 * @throws WheelwrightError WHEELWRIGHT_USAGE if no remote is configured; otherwise as `install` before its lock.
 */
export async function pullWheels(tool: Tool, options: PullOptions): Promise<PulledWheels> {
  return withCall(tool, options, (called) => pullWheelsWith(called, options));
}

async function pullWheelsWith(tool: Tool, options: PullOptions): Promise<PulledWheels> {
  const remote = await requireRemote(tool);
  const { wheels } = await resolve(tool, options);
  return { wheels, stats: remote.stats };
}

/**
 * The remote's statistics for this machine.
 * @throws WheelwrightError WHEELWRIGHT_USAGE if no remote is configured.
 */
export async function remoteFigures(tool: Tool, options: CallOptions = {}): Promise<RemoteFigures> {
  return withCall(tool, options, async (called) => {
    const { readRemoteStats } = await import('../tool/open-remote.ts');
    const { name } = await requireRemote(called);
    return { remote: name, stats: readRemoteStats(await called.store(), name) };
  });
}

/**
 * Tests whether the remote can be read and, in a mode that writes, whether it can be written and its conditional writes work.
 * @throws WheelwrightError WHEELWRIGHT_USAGE if none is configured; RemoteError REMOTE_MISCONFIGURED for an invalid address.
 */
export async function checkRemoteOf(
  tool: Tool,
  options: CallOptions = {},
): Promise<{ readonly remote: string; readonly checks: readonly RemoteCheck[] }> {
  return withCall(tool, options, checkRemoteWith);
}

async function checkRemoteWith(
  tool: Tool,
): Promise<{ readonly remote: string; readonly checks: readonly RemoteCheck[] }> {
  const { remote: settings } = tool.settings;
  if (settings === undefined) throw noRemote();
  const { openRemoteStore } = await import('../tool/open-remote.ts');
  const { checkRemote } = await import('@wheelwright/remote-store');
  const store = openRemoteStore(settings);
  try {
    return { remote: store.name, checks: await checkRemote(store, tool.signal) };
  } finally {
    store.close();
  }
}

/** Makes a pair of keys, the values of two variables: `WHEELWRIGHT_REMOTE_SIGNING_KEY`, and `WHEELWRIGHT_REMOTE_TRUSTED_KEYS`. */
export async function createRemoteKeys(
  id: string,
): Promise<{ readonly signingKey: string; readonly trustedKey: string }> {
  const { generateSigningKeys } = await import('@wheelwright/remote-store');
  return generateSigningKeys(id);
}

async function resolve(
  tool: Tool,
  options: PullOptions,
): Promise<{ wheels: readonly ResolvedWheel[]; indexTool: Tool; interpreter: Interpreter }> {
  const interpreter = await tool.interpreter(options.python);
  const asked = await readAskedFor(tool, interpreter, options);
  if (asked.inputs.length === 0)
    throw new WheelwrightError('WHEELWRIGHT_USAGE', 'The request names no wheels.', {
      hint: 'Name requirements, or a requirements file with -r.',
    });
  const openSources = openBuildSources(asked.tool, { interpreter });
  const wheels = await resolveWheels(asked.tool, { ...asked, interpreter, openSources });
  return { wheels, indexTool: asked.tool, interpreter };
}

async function isPresent(
  remote: RemoteCache,
  file: IndexFile,
  sha256: string,
  targetPath: string,
  verify: boolean,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  if (verify) return remote.fetch({ sha256, size: file.size }, targetPath, { signal });
  const there = await remote.has(sha256, signal);
  if (there === undefined || there === 'absent') return false;
  // An object of another size has wrong content. Reading it marks it as wrong, so that it is replaced.
  if (file.size === undefined || there.size === undefined || there.size === file.size) return true;
  return remote.fetch({ sha256, size: file.size }, targetPath, { signal });
}

async function requireRemote(tool: Tool): Promise<RemoteCache> {
  const remote = await tool.remote();
  if (remote === undefined) throw noRemote();
  return remote;
}

function noRemote(): WheelwrightError {
  return new WheelwrightError('WHEELWRIGHT_USAGE', 'No remote is configured.', {
    hint: 'Pass --remote, or set WHEELWRIGHT_REMOTE.',
  });
}
