// A remote as its users see it: content by hash, packs, and builds that machines share. Nothing that the remote does or
// fails to do is an error of the caller: a call gives what is right, or nothing.
import { createHash, randomBytes } from 'node:crypto';
import { type FileHandle, open, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Blobs, type CacheContext, type OfferedFile } from './artifacts/blobs.ts';
import { type PackedContent, Packs } from './artifacts/packs.ts';
import type { ExpectedContent } from './artifacts/receive.ts';
import { isRemoteError, RemoteError } from './errors.ts';
import { newStats, type RemoteEvent, type RemoteStats } from './events.ts';
import { type AloneOptions, AloneWork } from './flight/alone.ts';
import { BuildEntries, type FetchedBuild } from './flight/build-entries.ts';
import { defaultFlightTimes, type FlightTimes } from './flight/enter.ts';
import {
  type FlightContext,
  type SharedBuildRequest,
  type SharedBuildResult,
  sharedBuild,
} from './flight/shared-build.ts';
import { Breaker } from './guard/breaker.ts';
import { meteredRemote } from './guard/metered-remote.ts';
import { Uploads } from './guard/uploads.ts';
import type { Clock, RemoteKey, RemoteStore } from './ports.ts';
import { systemClock } from './transport/clock.ts';
import { fileChunks } from './transport/file-chunks.ts';
import type { BuildRecord } from './trust/build-record.ts';
import { parseSigningKey, parseTrustedKeys } from './trust/signing-keys.ts';

/** How a cache is opened. */
export interface RemoteCacheOptions {
  /** `<id>:<base64>`: signs the records of builds. Without it no build is published and no other machine waited for. */
  readonly signingKey?: string | undefined;
  /** `<id>:<base64>` each: whose builds are used. The public half of `signingKey` is trusted without being named. */
  readonly trustedKeys?: readonly string[] | undefined;
  /** Who builds, for people who read a record. */
  readonly builtBy?: string | undefined;
  /** In place of renewals every 10 s, a time to live of 45 s, looks every 1 to 5 s, and waits of 600 s at most. */
  readonly times?: Partial<FlightTimes> | undefined;
  /** Receives each event as it happens; must not throw. */
  readonly onEvent?: ((event: RemoteEvent) => void) | undefined;
  /** For tests. */
  readonly clock?: Clock | undefined;
  /** For tests: from 0 up to 1. */
  readonly random?: (() => number) | undefined;
}

/** How content is fetched. */
export interface FetchOptions {
  /** Ends the download; its reason is thrown. */
  readonly signal?: AbortSignal | undefined;
  /** Called when the remote has answered, before the content is there. */
  readonly onAnswer?: (() => void) | undefined;
}

const places = 4;
/** How long the end of a command waits for uploads: usually, to a remote that never answered, and to one that is off. */
const endWaitMs = 10_000;
const silentWaitMs = 2000;
const offWaitMs = 1000;
const dayMs = 24 * 3600 * 1000;

/** What is older is written again by a writer that uses it: half of what the rules of the bucket let it live. */
const renewAfterMs = { cas: 22 * dayMs, ac: 15 * dayMs };

/** An open cache on a remote. Made by `openRemoteCache`. */
export class RemoteCache implements AsyncDisposable {
  /** The remote without credentials, for people. */
  readonly name: string;
  /** What it did so far. */
  readonly stats: RemoteStats;
  readonly #remote: RemoteStore;
  readonly #breaker: Breaker;
  readonly #clock: Clock;
  readonly #blobs: Blobs;
  readonly #packs: Packs;
  readonly #entries: BuildEntries;
  readonly #uploads: Uploads;
  readonly #flight: FlightContext;
  readonly #alone: AloneWork;
  readonly #renewed = new Set<string>();
  #conditions: Promise<boolean> | undefined;

  constructor(remote: RemoteStore, options: RemoteCacheOptions) {
    const { onEvent = () => {}, clock = systemClock, random = Math.random, builtBy = 'wheelwright' } = options;
    const signer = options.signingKey === undefined ? undefined : parseSigningKey(options.signingKey);
    const trusted = parseTrustedKeys([
      ...(options.trustedKeys ?? []),
      ...(signer === undefined ? [] : [signer.trustedKey]),
    ]);
    this.name = remote.name;
    this.#clock = clock;
    this.stats = newStats();
    this.#breaker = new Breaker(remote.name, clock, onEvent);
    this.#remote = meteredRemote(remote, this.#breaker, clock);
    const context: CacheContext = { remote: this.#remote, breaker: this.#breaker, stats: this.stats, onEvent };
    this.#blobs = new Blobs(context);
    this.#packs = new Packs(context);
    this.#entries = new BuildEntries(context, this.#blobs, trusted, signer);
    this.#uploads = new Uploads(places, (error) =>
      onEvent({ type: 'remote-not-stored', key: '', message: error instanceof Error ? error.message : String(error) }),
    );
    this.#flight = {
      ...context,
      entries: this.#entries,
      clock,
      random,
      renewedBy: remote,
      builtBy,
      times: { ...defaultFlightTimes, ...options.times },
      conditionsHold: () => this.#conditionsHold(onEvent),
      offer: openOffer,
      onFound: (key, found) => this.#renewBuild(key, found),
      beside: (work) => this.#uploads.add(work),
    };
    this.#alone = new AloneWork(this.#flight);
  }

  /** Whether writes may be tried: the remote was opened for them, and none was refused. */
  get isWritable(): boolean {
    return this.#remote.traits.writable && this.#breaker.allows('write');
  }

  /** Whether the remote is used at the moment. */
  get isOn(): boolean {
    return this.#breaker.allows('read');
  }

  /**
   * Brings content to `targetPath`, where nothing is yet, verified by its sha256; false: the remote has it not, has it not
   * as it should be, or cannot be used. One request. Not synced. Throws the signal's reason and errors of the disk; after
   * a crash a part of the content may be at the path.
   */
  async fetch(expected: ExpectedContent, targetPath: string, options: FetchOptions = {}): Promise<boolean> {
    const packed = this.#packs.take(expected.sha256);
    if (packed !== undefined && (expected.size === undefined || expected.size === packed.length)) {
      await writeFile(targetPath, packed, { flag: 'wx', mode: 0o644 });
      this.stats.hits += 1;
      this.stats.packed += 1;
      options.onAnswer?.();
      return true;
    }
    const outcome = await this.#blobs.fetch(expected, targetPath, options);
    if (typeof outcome === 'string') return false;
    if (this.#isDue(`cas/${expected.sha256}`, outcome.ageMs, renewAfterMs.cas))
      await this.#upload(targetPath, expected.sha256, (offered, signal) => this.#blobs.renew(offered, signal));
    return true;
  }

  /** Says that a call was given up because the remote had not answered for `ms`: three in a row switch it off. */
  reportSilence(ms: number): void {
    const message = `${this.name} answered nothing for ${ms / 1000} s.`;
    const error = new RemoteError('REMOTE_SLOW', message, { data: { remote: this.name } });
    this.#breaker.count(error, 'read', 1);
    this.#breaker.lose(this.#clock.now() - ms, error);
  }

  /** Whether the remote holds something under this sha256, as far as it says. Undefined: it cannot be asked. */
  async has(
    sha256: string,
    signal?: AbortSignal,
  ): Promise<{ readonly size: number | undefined } | 'absent' | undefined> {
    return this.#breaker.run('read', async () => (await this.#remote.has(`cas/${sha256}`, { signal })) ?? 'absent');
  }

  /**
   * Writes the file to the remote beside the work, where it lacks or was found wrong there. The file is open when this
   * resolves, so that it may be moved or deleted. `sha256` has to be that of the file. Does nothing on a remote that is
   * only read.
   */
  async offer(filePath: string, sha256: string): Promise<void> {
    if (!this.isWritable || this.#blobs.isPresent(sha256)) return;
    await this.#upload(filePath, sha256, (offered, signal) => this.#blobs.store(offered, signal));
  }

  /** Fetches the pack of the set of these hashes, for the calls of `fetch` that follow. One request. */
  async fetchPack(hashes: readonly string[], signal?: AbortSignal): Promise<number> {
    return this.#packs.fetch(hashes, signal);
  }

  /** Writes the pack of the set of these hashes. False: there is one, or the remote cannot be used. */
  async storePack(
    hashes: readonly string[],
    contents: readonly PackedContent[],
    signal?: AbortSignal,
  ): Promise<boolean> {
    return (await this.#breaker.run('write', () => this.#packs.store(hashes, contents, signal))) ?? false;
  }

  /**
   * Gives the artifact of a build key: from the remote, verified and signed by a trusted key, or built here. Of machines
   * that want one key at once one builds, the others wait for it. Never throws for the remote; an error of `build` passes.
   * The steps, with what a crash in each leaves, are in docs/protocols/remote.md. Call it under a lock of this machine, so
   * that one process of it takes part.
   */
  async withSharedBuild(key: string, request: SharedBuildRequest): Promise<SharedBuildResult> {
    if (!/^[0-9a-f]{64}$/.test(key)) throw new Error(`bug: ${key} is not a build key`);
    return sharedBuild(this.#flight, key, request);
  }

  /** The content that this cache wrote so far, by its sha256. */
  get stored(): ReadonlySet<string> {
    return this.#blobs.stored;
  }

  /** Resolves when no upload is under way. Unlike `close` it gives none up. */
  async flush(): Promise<void> {
    await this.#uploads.idle();
  }

  /**
   * The records of a build key that a trusted key signed, the newest first. For callers that look, build and keep by
   * themselves; `withSharedBuild` does all of it.
   */
  async readBuilds(key: string, signal?: AbortSignal): Promise<readonly BuildRecord[]> {
    return this.#entries.records(key, signal);
  }

  /** Downloads the artifact of a record to `targetPath`, which must not exist, and verifies it. False if it is not available. */
  async fetchBuild(
    { artifact: { sha256, size } }: BuildRecord,
    targetPath: string,
    signal?: AbortSignal,
  ): Promise<boolean> {
    const isThere = await this.fetch({ sha256, size }, targetPath, { signal });
    if (!isThere) this.#entries.reportMissing(sha256);
    return isThere;
  }

  /**
   * Publishes an artifact and its record beside the work, signed. The file is open when this resolves, so that it may be
   * moved or deleted. Does nothing without a signing key, or on a remote that is only read.
   */
  async keepBuild(record: Omit<BuildRecord, 'format' | 'builtBy' | 'builtAt'>, filePath: string): Promise<void> {
    await this.#alone.keep(record, filePath);
  }

  /**
   * Runs `work` while no other machine works on this key: it looks again with `readBuilds`, else builds and calls
   * `keepBuild`. Runs it without others being kept off where the remote fails, or another machine takes too long.
   */
  async alone<T>(key: string, work: () => Promise<T>, options: AloneOptions = {}): Promise<T> {
    return this.#alone.run(key, work, options);
  }

  /**
   * Waits for uploads for `waitMs` (10 s; 2 s where the remote never answered), gives up the rest, and ends the connections. False: some were given up. What was
   * given up leaves objects that expire, and no other machine waits for it.
   */
  async close(waitMs = endWaitMs): Promise<boolean> {
    // Who never answered is not likely to now; who was switched off is not asked.
    const patienceMs = !this.#breaker.allows('write') ? offWaitMs : this.#breaker.hasAnswered ? waitMs : silentWaitMs;
    const isDone = await this.#uploads.close(Math.min(waitMs, patienceMs));
    this.#remote.close();
    return isDone;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #isDue(key: string, ageMs: number | undefined, afterMs: number): boolean {
    if (ageMs === undefined || ageMs < afterMs || !this.isWritable || this.#renewed.has(key)) return false;
    this.#renewed.add(key);
    return true;
  }

  async #upload(
    filePath: string,
    sha256: string,
    send: (offered: OfferedFile, signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    if (!this.#uploads.hasRoom) return;
    const file = await open(filePath);
    const { size } = await file.stat();
    this.#uploads.add(async (signal) => {
      try {
        if (signal.aborted) return;
        await this.#breaker.run('write', () => send({ file, size, sha256 }, signal));
      } finally {
        await file.close();
      }
    });
  }

  /** Keeps alive what is used: the records of a build, and its artifact. */
  #renewBuild(key: string, { record, path: file, ageMs, list }: FetchedBuild): void {
    const { sha256 } = record.artifact;
    if (this.#isDue(`ac/${key}`, list.ageMs, renewAfterMs.ac))
      this.#uploads.add(
        async (signal) => void (await this.#breaker.run('write', () => this.#entries.renew(key, list, signal))),
      );
    if (this.#isDue(`cas/${sha256}`, ageMs, renewAfterMs.cas))
      void this.#upload(file, sha256, (offered, signal) => this.#blobs.renew(offered, signal)).catch(() => undefined);
  }

  /** Two writes of one fresh key: the second has to be refused. Asked once a run. */
  async #conditionsHold(onEvent: (event: RemoteEvent) => void): Promise<boolean> {
    if (this.#remote.traits.conditional === 'none') return false;
    this.#conditions ??= probeConditions(this.#remote).then(
      (hold) => {
        if (hold) return true;
        const message = `${this.name} ignores conditions on writes: every machine builds by itself.`;
        onEvent({
          type: 'remote-off',
          remote: this.name,
          what: 'single-flight',
          code: 'REMOTE_MISCONFIGURED',
          message,
        });
        return false;
      },
      (error: unknown) => {
        if (!isRemoteError(error)) throw error;
        this.#breaker.count(error, error.code === 'REMOTE_DENIED' ? 'write' : 'read');
        return false;
      },
    );
    return this.#conditions;
  }
}

/**
 * Opens a cache on a remote, which it closes with itself. Sends nothing.
 * @throws RemoteError REMOTE_MISCONFIGURED where a key is none.
 */
export function openRemoteCache(remote: RemoteStore, options: RemoteCacheOptions = {}): RemoteCache {
  return new RemoteCache(remote, options);
}

/** Whether of two writes of a fresh key the second is refused. */
export async function probeConditions(remote: RemoteStore): Promise<boolean> {
  const body = randomBytes(32);
  const sha256 = createHash('sha256').update(body).digest('hex');
  const key: RemoteKey = `probe/${sha256}`;
  await remote.putIfAbsent(key, body, sha256);
  return (await remote.putIfAbsent(key, body, sha256)) === 'present';
}

/** Opens what was built, and gives its hash. */
async function openOffer(filePath: string): Promise<{ filename: string; offered: OfferedFile }> {
  const file: FileHandle = await open(filePath);
  try {
    const { size } = await file.stat();
    const hash = createHash('sha256');
    for await (const chunk of fileChunks(file, size)) hash.update(chunk);
    return { filename: path.basename(filePath), offered: { file, size, sha256: hash.digest('hex') } };
  } catch (error) {
    await file.close();
    throw error;
  }
}
