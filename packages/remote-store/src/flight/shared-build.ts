// One build over all machines. The numbers are those of docs/protocols/remote.md. Whatever the remote does, this ends in an
// artifact of the remote that is what it should be, or in a local build: no step waits for another machine beyond its limit.

import type { CacheContext, OfferedFile } from '../artifacts/blobs.ts';
import { isRemoteError } from '../errors.ts';
import type { Clock } from '../ports.ts';
import type { ArtifactIdentity, BuildRecord } from '../trust/build-record.ts';
import type { Json } from '../trust/canonical-json.ts';
import type { BuildEntries, FetchedBuild } from './build-entries.ts';
import { HeldLease } from './held-lease.ts';
import { createLease, type LeaseState, newHolder, readLease, replaceLease } from './lease.ts';

/** How the machines wait for each other, in ms. */
export interface FlightTimes {
  /** Between two renewals of a lease. */
  readonly renewMs: number;
  /** A lease that did not change for so long has no living holder. */
  readonly ttlMs: number;
  /** The shortest and the longest pause between two looks at a lease. */
  readonly pollMs: readonly [shortest: number, longest: number];
  /** Nobody waits longer for another machine. */
  readonly waitMs: number;
}

/** What holds where the caller sets nothing. */
export const defaultFlightTimes: FlightTimes = {
  renewMs: 10_000,
  ttlMs: 45_000,
  pollMs: [1000, 5000],
  waitMs: 600_000,
};

/** What a build gave. */
export interface BuiltArtifact {
  /** Where the artifact is. It is opened before the caller gets it, so that it may be moved or deleted afterwards. */
  readonly path: string;
  /** What the build used beyond its key. */
  readonly observed?: Json | undefined;
}

/** A build that machines share. */
export interface SharedBuildRequest {
  /** Whether a record is for a machine in this state, and its artifact is what is wanted: file name, version, tags. */
  readonly accepts?: ((record: BuildRecord) => boolean | Promise<boolean>) | undefined;
  /** Where an artifact of the remote is put, under its own name. */
  readonly targetDir: string;
  /** Builds on this machine. Called once at most, and its error passes unchanged. */
  readonly build: () => Promise<BuiltArtifact>;
  /** What went into the key, for people who read the record. */
  readonly inputs?: Json | undefined;
  /** Ends a wait for another machine, and a download. The build is given its own way to end. */
  readonly signal?: AbortSignal | undefined;
}

/** What the caller gets. `remote`: verified, at `path` in its target directory. `local`: what its own build gave. */
export type SharedBuildResult =
  | {
      readonly from: 'remote';
      readonly path: string;
      readonly artifact: ArtifactIdentity;
      readonly record: BuildRecord;
    }
  | { readonly from: 'local'; readonly path: string };

export interface FlightContext extends CacheContext {
  readonly entries: BuildEntries;
  readonly clock: Clock;
  readonly times: FlightTimes;
  readonly random: () => number;
  readonly builtBy: string;
  /** Whether conditions were found to hold. Asked before the first lease. */
  readonly conditionsHold: () => Promise<boolean>;
  /** Opens what was built for an upload. */
  readonly offer: (path: string) => Promise<{ readonly filename: string; readonly offered: OfferedFile }>;
  /** Called with what was found, before it is given out. */
  readonly onFound: (key: string, found: FetchedBuild) => void;
  /** Runs beside the work; `signal` ends when the uploads are given up. */
  readonly beside: (work: (signal: AbortSignal) => Promise<void>) => void;
}

/** Gives an artifact for `key`, built at most once over all machines that work as they should. */
export async function sharedBuild(
  context: FlightContext,
  key: string,
  request: SharedBuildRequest,
): Promise<SharedBuildResult> {
  // 1. There already?             crash here: nothing has happened.
  const found = await fetchBuild(context, key, request);
  if (found !== undefined) return fromRemote(found);
  // 2. Those who cannot publish, or cannot trust a condition, build by themselves.
  if (!context.entries.canPublish || !context.breaker.allows('write')) return local(request);
  if (!(await context.conditionsHold())) return buildAndPublish(context, key, request, undefined);
  const entered = await enter(context, key, request);
  if (entered === 'local') return local(request);
  if ('record' in entered) return fromRemote(entered);
  return buildAndPublish(context, key, request, entered);
}

/** 3., 7., 8. and 9.: a lease of our own, what another machine built, or that nobody is to be waited for. */
async function enter(
  context: FlightContext,
  key: string,
  request: SharedBuildRequest,
): Promise<HeldLease | FetchedBuild | 'local'> {
  const { remote, clock, times, breaker } = context;
  const { signal } = request;
  const own: LeaseState = { holder: newHolder(), gen: 0, n: 0, state: 'building' };
  const wait = new Wait(context, key);
  try {
    for (;;) {
      // 3. Ask to build.           crash here: a lease that is never renewed, which 8 takes over.
      const etag = await createLease(remote, key, own, signal);
      const entered =
        etag === undefined
          ? await wait.until(own, request)
          : new HeldLease(remote, key, own, etag, clock, times.renewMs);
      if (entered === 'absent') continue;
      if (!(entered instanceof HeldLease)) return entered;
      return await lookAgain(context, key, request, entered);
    }
  } catch (error) {
    if (!isRemoteError(error)) throw error;
    // A machine that may not write can read all the same.
    breaker.count(error, error.code === 'REMOTE_DENIED' ? 'write' : 'read');
    return 'local';
  } finally {
    wait.end();
  }
}

/** 4. The record may have come between 1 and 3: then the lease ends before anything is built. */
async function lookAgain(
  context: FlightContext,
  key: string,
  request: SharedBuildRequest,
  lease: HeldLease,
): Promise<HeldLease | FetchedBuild> {
  try {
    const come = await fetchBuild(context, key, request);
    if (come !== undefined) await lease.end('done');
    return come ?? lease;
  } catch (error) {
    await lease.end('abandoned');
    throw error;
  }
}

/** A wait for the machine that holds the lease of a key. */
class Wait {
  readonly #context: FlightContext;
  readonly #key: string;
  readonly #startedMs: number;
  #told = false;

  constructor(context: FlightContext, key: string) {
    this.#context = context;
    this.#key = key;
    this.#startedMs = context.clock.now();
  }

  /** 7. to 9.: looks at the lease until it ends, falls silent, or the wait has been long enough. */
  async until(own: LeaseState, request: SharedBuildRequest): Promise<HeldLease | FetchedBuild | 'local' | 'absent'> {
    const { remote, clock, times, random } = this.#context;
    const { signal } = request;
    let seen: { etag: string; lease: LeaseState | 'unreadable' } | undefined;
    let changedMs = clock.now();
    for (let looks = 0; ; looks += 1) {
      const found = await readLease(remote, this.#key, seen?.etag, signal);
      if (found === 'absent') return 'absent';
      if (found !== 'same') {
        changedMs = clock.now();
        seen = found;
        const ended = await this.#ended(found.lease, looks === 0, request);
        if (ended !== undefined && ended !== 'take') return ended;
        if (ended === 'take') changedMs = Number.NEGATIVE_INFINITY;
      }
      const { etag, lease } = seen!;
      // 8. Silent for too long, by our own clock.
      if (clock.now() - changedMs >= times.ttlMs) {
        const taken = await this.#take(own, lease, etag, signal);
        if (taken !== undefined) return taken;
        seen = undefined;
        changedMs = clock.now();
        continue;
      }
      // 9. Waited for long enough.
      if (clock.now() - this.#startedMs >= times.waitMs) return 'local';
      this.#tell(lease);
      const [shortest, longest] = times.pollMs;
      await clock.sleep(shortest + random() * (longest - shortest), signal);
    }
  }

  end(): void {
    if (this.#told) this.#context.stats.waitedMs += this.#context.clock.now() - this.#startedMs;
  }

  /** What a lease that is no longer `building` leads to; `take`: it may be taken over at once. */
  async #ended(
    lease: LeaseState | 'unreadable',
    isFirstLook: boolean,
    request: SharedBuildRequest,
  ): Promise<FetchedBuild | 'local' | 'take' | undefined> {
    // What no version of this program wrote has no living holder.
    if (lease === 'unreadable' || lease.state === 'abandoned') return 'take';
    if (lease.state === 'building') return undefined;
    // It failed while we waited: each sees its own error. What failed before we came is tried again, by one of us.
    if (lease.state === 'failed') return isFirstLook ? 'take' : 'local';
    // It is done; where its record is gone, expired or not for us, the key is built again.
    return (await fetchBuild(this.#context, this.#key, request)) ?? 'take';
  }

  async #take(
    own: LeaseState,
    lease: LeaseState | 'unreadable',
    etag: string,
    signal: AbortSignal | undefined,
  ): Promise<HeldLease | undefined> {
    const { remote, clock, times, stats, onEvent } = this.#context;
    const next = { ...own, gen: lease === 'unreadable' ? 1 : lease.gen + 1 };
    const taken = await replaceLease(remote, this.#key, next, etag, signal);
    if (taken === undefined) return undefined;
    if (lease !== 'unreadable' && lease.state === 'building') {
      stats.takeovers += 1;
      onEvent({ type: 'remote-takeover', key: this.#key, holder: lease.holder });
    }
    return new HeldLease(remote, this.#key, next, taken, clock, times.renewMs);
  }

  #tell(lease: LeaseState | 'unreadable'): void {
    if (this.#told || lease === 'unreadable') return;
    this.#told = true;
    this.#context.stats.waits += 1;
    this.#context.onEvent({ type: 'remote-waiting', key: this.#key, holder: lease.holder });
  }
}

/** 4. to 6.: the build, under a lease where there is one. The upload runs beside the caller's work. */
async function buildAndPublish(
  context: FlightContext,
  key: string,
  request: SharedBuildRequest,
  lease: HeldLease | undefined,
): Promise<SharedBuildResult> {
  const { entries, breaker, beside, builtBy } = context;
  let built: BuiltArtifact;
  let opened: Awaited<ReturnType<FlightContext['offer']>>;
  try {
    // 4. Build.                   crash here: as after 3.
    built = await request.build();
    opened = await context.offer(built.path);
  } catch (error) {
    const isAbandoned = request.signal?.aborted === true;
    // 6. Say how it went.         crash here: as after 3.
    await lease?.end(isAbandoned ? 'abandoned' : 'failed', codeOf(error));
    throw error;
  }
  const { filename, offered } = opened;
  const { sha256, size } = offered;
  const record: BuildRecord = {
    format: 1,
    key,
    artifact: { filename, sha256, size },
    builtBy,
    builtAt: new Date().toISOString(),
    ...(built.observed === undefined ? {} : { observed: built.observed }),
    ...(request.inputs === undefined ? {} : { inputs: request.inputs }),
  };
  beside(async (signal) => {
    let isPublished = false;
    try {
      signal.throwIfAborted();
      // 5. The artifact, then its record.
      isPublished =
        (await breaker.run('write', async () => entries.publish(record, offered, signal).then(() => true))) === true;
    } finally {
      await offered.file.close();
      // 6. Say how it went.       crash here: 8 takes over, and 4 finds the record.
      await lease?.end(isPublished ? 'done' : 'abandoned', undefined, AbortSignal.timeout(endMs));
    }
  });
  return { from: 'local', path: built.path };
}

/** How long the last write of a lease may take when everything else is given up. */
const endMs = 1000;

async function local({ build }: SharedBuildRequest): Promise<SharedBuildResult> {
  return { from: 'local', path: (await build()).path };
}

async function fetchBuild({ entries, onFound }: FlightContext, key: string, request: SharedBuildRequest) {
  const { accepts = () => true, targetDir, signal } = request;
  const found = await entries.fetch(key, { accepts, targetDir, signal });
  if (found !== undefined) onFound(key, found);
  return found;
}

function fromRemote({ record, path }: FetchedBuild): SharedBuildResult {
  return { from: 'remote', path, artifact: record.artifact, record };
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown }).code;
  return typeof code === 'string' ? code.slice(0, 100) : 'UNKNOWN';
}
