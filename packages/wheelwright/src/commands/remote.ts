// The remote by itself: wheels brought there and from there without an environment, what it did, whether it is fit.
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

/** Which wheels: what these requirements resolve to for one interpreter. */
export interface PullOptions extends CallOptions {
  /** As `install` takes them. */
  readonly requirements?: readonly string[] | undefined;
  /** Requirements files. */
  readonly requirementFiles?: readonly string[] | undefined;
  /** The interpreter that the wheels are for: a path, a name or a version. */
  readonly python?: string | undefined;
}

/** Which wheels, and how they go to the remote. */
export interface PushOptions extends PullOptions {
  /** Also the small ones of the set in one object. */
  readonly pack?: boolean | undefined;
  /** Read what is there already, and put right what is not what it should be. */
  readonly verify?: boolean | undefined;
}

/** What a push found and did, by file name. */
export interface PushedWheels {
  /** Written, or over something wrong. */
  readonly stored: readonly string[];
  /** There already. */
  readonly present: readonly string[];
  /** Neither: without a hash of the index, or refused by the remote. */
  readonly skipped: readonly string[];
  /** Whether a pack was written. */
  readonly packed: boolean;
}

/** What a pull did. */
export interface PulledWheels {
  /** All of the set, in the store now. */
  readonly wheels: readonly ResolvedWheel[];
  /** What the remote did for it. */
  readonly stats: Readonly<RemoteStats>;
}

/** What the remote did for this machine. */
export interface RemoteFigures {
  /** Without credentials. */
  readonly remote: string;
  /** Summed over all commands whose figures the store still has. */
  readonly stats: Partial<RemoteStats>;
}

/**
 * Brings the wheels that requirements resolve to to the remote, from their index. Those that the store lacks come into it
 * too. On return every write has ended.
 * @throws WheelwrightError WHEELWRIGHT_USAGE where no remote is named, or it is only read; RemoteError where it fails.
 */
export async function pushWheels(tool: Tool, options: PushOptions): Promise<PushedWheels> {
  return withCall(tool, options, (called) => pushWheelsWith(called, options));
}

async function pushWheelsWith(tool: Tool, options: PushOptions): Promise<PushedWheels> {
  const remote = await requireRemote(tool);
  if (!remote.isWritable)
    throw new WheelwrightError('WHEELWRIGHT_USAGE', `${remote.name} is only read.`, {
      hint: 'Set WHEELWRIGHT_REMOTE_MODE to write.',
    });
  const { wheels, indexTool, interpreter } = await resolve(tool, options);
  const [store, index] = [await tool.store(), await indexTool.index(interpreter)];
  // What resolving brought into the store was offered on the way.
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
 * Brings the wheels that requirements resolve to into the store, from the remote where it has them.
 * @throws WheelwrightError WHEELWRIGHT_USAGE where no remote is named; else as `install`, before its lock.
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
 * What the remote did for this machine so far.
 * @throws WheelwrightError WHEELWRIGHT_USAGE where no remote is named.
 */
export async function remoteFigures(tool: Tool, options: CallOptions = {}): Promise<RemoteFigures> {
  return withCall(tool, options, async (called) => {
    const { readRemoteStats } = await import('../tool/open-remote.ts');
    const { name } = await requireRemote(called);
    return { remote: name, stats: readRemoteStats(await called.store(), name) };
  });
}

/**
 * Tries the remote: whether it can be read, and in a mode that writes, whether it can be written and its conditions hold.
 * @throws WheelwrightError WHEELWRIGHT_USAGE where none is named; RemoteError REMOTE_MISCONFIGURED where its address is none.
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

/** A pair of keys, each a value for a variable: `WHEELWRIGHT_REMOTE_SIGNING_KEY`, and `WHEELWRIGHT_REMOTE_TRUSTED_KEYS`. */
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
    throw new WheelwrightError('WHEELWRIGHT_USAGE', 'No wheels were named.', {
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
  // Another size is another content: read it, so that it is known to be wrong and is written over.
  if (file.size === undefined || there.size === undefined || there.size === file.size) return true;
  return remote.fetch({ sha256, size: file.size }, targetPath, { signal });
}

async function requireRemote(tool: Tool): Promise<RemoteCache> {
  const remote = await tool.remote();
  if (remote === undefined) throw noRemote();
  return remote;
}

function noRemote(): WheelwrightError {
  return new WheelwrightError('WHEELWRIGHT_USAGE', 'No remote is named.', {
    hint: 'Pass --remote, or set WHEELWRIGHT_REMOTE.',
  });
}
