// `cache pull|stats` and `remote check|keygen`: copies wheels from the remote without an environment, reports its
// statistics, tests it, and makes keys.
import type { RemoteCheck, RemoteStats } from '@wheelwright/remote-store';
import { noRemote, type PullOptions, requireRemote, resolveSet } from '../lock/named-set.ts';
import type { ResolvedWheel } from '../requirements/resolution.ts';
import { type CallOptions, withCall } from '../tool/call.ts';
import type { Tool } from '../tool/tool.ts';

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
 * Adds the wheels that requirements resolve to, or that a lock pins, to the store, from the remote if it has them.
 * @throws WheelwrightError WHEELWRIGHT_USAGE if no remote is configured; otherwise as `install`, before its lock.
 */
export async function pullWheels(tool: Tool, options: PullOptions): Promise<PulledWheels> {
  return withCall(tool, options, (called) => pullWheelsWith(called, options));
}

async function pullWheelsWith(tool: Tool, options: PullOptions): Promise<PulledWheels> {
  const remote = await requireRemote(tool);
  const { wheels } = await resolveSet(tool, options);
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
