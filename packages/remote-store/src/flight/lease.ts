// Which machine builds a key: one small object, written under conditions alone. It holds no time, since no clock is compared
// with another machine's; a waiter sees by its own clock that nothing changes any more.
import { createHash, randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { isRemoteError } from '../errors.ts';
import type { RemoteKey, RemoteStore } from '../ports.ts';
import { readObject } from '../transport/read-body.ts';
import { canonicalJson } from '../trust/canonical-json.ts';

/** What a lease says. */
export interface LeaseState {
  /** One build of one process. */
  readonly holder: string;
  /** How often the lease was taken over. */
  readonly gen: number;
  /** How often the holder renewed it. */
  readonly n: number;
  /** `abandoned`: the holder ended without an artifact, and another may build at once. */
  readonly state: 'building' | 'done' | 'failed' | 'abandoned';
  /** The code of the error, where it failed. */
  readonly code?: string | undefined;
}

/** A lease as it was read. `unreadable`: no version of this program writes such a thing. */
export type SeenLease = { readonly lease: LeaseState | 'unreadable'; readonly etag: string };

const leaseLimit = 4096;

/** A larger number is not a valid count. */
const mostCounted = 2 ** 40;

/** A name for one build, which says to people where it runs. */
export function newHolder(): string {
  return `${hostname()}/${process.pid}/${randomUUID()}`;
}

/** Where in the remote the lease of a build key is. */
export function leaseKey(key: string): RemoteKey {
  return `lease/${key}`;
}

/** The lease of `key`; `same` where it still has this etag. */
export async function readLease(
  remote: RemoteStore,
  key: string,
  etag: string | undefined,
  signal: AbortSignal | undefined,
): Promise<SeenLease | 'absent' | 'same'> {
  const object = await remote.get(leaseKey(key), { etag, signal });
  if (typeof object === 'string') return object;
  const text = await readObject(object.body, leaseLimit, { name: remote.name, signal });
  return { lease: parseLease(text?.toString('utf8')), etag: object.etag };
}

/** Writes the first lease of a key. Undefined: there is one already. */
export async function createLease(
  remote: RemoteStore,
  key: string,
  lease: LeaseState,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const body = format(lease);
  const written = await remote.putIfAbsent(leaseKey(key), body, sha256Of(body), { signal });
  if (written !== 'present') return written.etag;
  return ownEtag(remote, key, lease, signal);
}

/** Writes over the version `etag` of a lease. Undefined: another machine wrote first. */
export async function replaceLease(
  remote: RemoteStore,
  key: string,
  lease: LeaseState,
  etag: string,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const body = format(lease);
  const written = await remote.replace(leaseKey(key), body, sha256Of(body), etag, { signal });
  if (written !== 'lost') return written.etag;
  return ownEtag(remote, key, lease, signal);
}

/**
 * The etag where the lease that is there is the very one that was to be written: the write had its effect, its answer was
 * lost, and the second try met the first.
 */
async function ownEtag(
  remote: RemoteStore,
  key: string,
  lease: LeaseState,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  try {
    const seen = await readLease(remote, key, undefined, signal);
    if (typeof seen === 'string' || seen.lease === 'unreadable') return undefined;
    return format(seen.lease).equals(format(lease)) ? seen.etag : undefined;
  } catch (error) {
    // A silent remote is not asked a second time, as a wait for the lease would.
    if (isRemoteError(error) && error.code !== 'REMOTE_SLOW') return undefined;
    throw error;
  }
}

function format(lease: LeaseState): Buffer {
  return Buffer.from(canonicalJson({ format: 1, ...lease }));
}

function parseLease(text: string | undefined): LeaseState | 'unreadable' {
  try {
    const value = JSON.parse(text ?? '') as Partial<LeaseState> & { format?: unknown };
    const { holder, gen, n, state, code } = value;
    const isCount = (count: unknown) =>
      Number.isSafeInteger(count) && (count as number) >= 0 && (count as number) < mostCounted;
    const isState = state === 'building' || state === 'done' || state === 'failed' || state === 'abandoned';
    if (value.format !== 1 || typeof holder !== 'string' || !isCount(gen) || !isCount(n) || !isState)
      return 'unreadable';
    return { holder, gen: gen!, n: n!, state, ...(typeof code === 'string' ? { code } : {}) };
  } catch {
    return 'unreadable';
  }
}

function sha256Of(body: Uint8Array): string {
  return createHash('sha256').update(body).digest('hex');
}
