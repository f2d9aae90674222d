// What the remote has for a build key: the records under `ac/`, each leading to an artifact under `cas/`. A record that
// leads nowhere, or does not verify, is replaced by the next that publishes, or else a key could stay stuck.
import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { Blobs, CacheContext, OfferedFile } from '../artifacts/blobs.ts';
import { readObject } from '../transport/read-body.ts';
import {
  type BuildRecord,
  formatRecords,
  mostRecords,
  readTrustedRecords,
  recordsLimit,
  type SignedRecord,
  signRecord,
} from '../trust/build-record.ts';
import type { Signer, Verifier } from '../trust/signing-keys.ts';

/** An artifact that came from the remote, and its record. */
export interface FetchedBuild {
  readonly record: BuildRecord;
  readonly path: string;
  /** The age of the artifact, in ms; undefined if the remote does not state it. */
  readonly ageMs: number | undefined;
  /** The object that its record is in. */
  readonly list: RecordList;
}

/** The records under a key as they were read. */
export interface RecordList {
  readonly records: readonly SignedRecord[];
  readonly etag: string;
  readonly ageMs: number | undefined;
}

export interface FetchBuildOptions {
  readonly accepts: (record: BuildRecord) => boolean | Promise<boolean>;
  readonly targetDir: string;
  readonly signal?: AbortSignal | undefined;
}

/** How often a list of records is read and written again when other machines write it meanwhile. */
const publishTries = 4;

export class BuildEntries {
  readonly #context: CacheContext;
  readonly #blobs: Blobs;
  readonly #trusted: Verifier;
  readonly #signer: Signer | undefined;
  /** Of records that led to nothing: what they promised. */
  readonly #leadNowhere = new Set<string>();
  /** The version of each list of records as it was last given out. */
  readonly #seen = new Map<string, string | undefined>();

  constructor(context: CacheContext, blobs: Blobs, trusted: Verifier, signer: Signer | undefined) {
    this.#context = context;
    this.#blobs = blobs;
    this.#trusted = trusted;
    this.#signer = signer;
  }

  get canPublish(): boolean {
    return this.#signer !== undefined && this.#context.remote.traits.writable;
  }

  /** The trusted records of a key, the newest first; empty where the remote has none or cannot be used. */
  async records(key: string, signal?: AbortSignal): Promise<readonly BuildRecord[]> {
    const found =
      this.#trusted.size === 0 ? undefined : await this.#context.breaker.run('read', () => this.#read(key, signal));
    this.#seen.set(key, found?.etag);
    return (found?.records ?? []).filter(({ artifact }) => !this.#leadNowhere.has(artifact.sha256));
  }

  /** Whether there are trusted records of a key that `records` did not give when it was last asked. */
  async hasChanged(key: string, signal?: AbortSignal): Promise<boolean> {
    const found = await this.#context.breaker.run('read', () => this.#read(key, signal));
    return found !== undefined && found.records.length > 0 && found.etag !== this.#seen.get(key);
  }

  /** Notes that the artifact of a record could not be had, so that the record is not kept when the key is published. */
  reportMissing(sha256: string): void {
    if (this.#context.breaker.allows('read')) this.#leadNowhere.add(sha256);
  }

  /** The first record that is trusted and accepted, with its artifact in `targetDir`. Undefined where there is none. */
  async fetch(key: string, { accepts, targetDir, signal }: FetchBuildOptions): Promise<FetchedBuild | undefined> {
    if (this.#trusted.size === 0) return undefined;
    const found = await this.#context.breaker.run('read', () => this.#read(key, signal));
    for (const record of found?.records ?? []) {
      const { filename, sha256, size } = record.artifact;
      if (this.#leadNowhere.has(sha256) || !(await accepts(record))) continue;
      const file = path.join(targetDir, filename);
      await rm(file, { force: true });
      const outcome = await this.#blobs.fetch({ sha256, size }, file, { signal });
      if (typeof outcome !== 'string') return { record, path: file, ageMs: outcome.ageMs, list: found! };
      this.reportMissing(sha256);
    }
    return undefined;
  }

  /**
   * Writes the artifact, then the record beside those that are there.
   * @throws RemoteError where the remote fails. Between the two an artifact without a record is left, which expires.
   */
  async publish(record: BuildRecord, offered: OfferedFile, signal: AbortSignal | undefined): Promise<void> {
    const { remote, onEvent, stats } = this.#context;
    if (this.#signer === undefined) throw new Error('bug: published without a signer');
    // 5. The content first.      crash here: an orphan in `cas`, which expires.
    await this.#blobs.store(offered, signal);
    this.#leadNowhere.delete(offered.sha256);
    const own = signRecord(record, this.#signer);
    for (let n = 0; n < publishTries; n += 1) {
      const there = await this.#read(record.key, signal);
      const body = formatRecords(merge(own, there?.records ?? [], this.#leadNowhere));
      const sha256 = createHash('sha256').update(body).digest('hex');
      // 5. Then what leads to it.  crash here: the record is there, and so is all that it leads to.
      const written =
        there === undefined
          ? await remote.putIfAbsent(`ac/${record.key}`, body, sha256, { signal })
          : await remote.replace(`ac/${record.key}`, body, sha256, there.etag, { signal });
      if (written === 'present' || written === 'lost') continue;
      stats.stored += 1;
      stats.sentBytes += body.length;
      onEvent({ type: 'remote-stored', key: `ac/${record.key}`, size: body.length });
      return;
    }
  }

  /** Writes the records again as they are, so that the engine's rule does not expire what is in use. */
  async renew(key: string, { records, etag }: RecordList, signal: AbortSignal): Promise<void> {
    const body = formatRecords(records);
    const sha256 = createHash('sha256').update(body).digest('hex');
    await this.#context.remote.replace(`ac/${key}`, body, sha256, etag, { signal });
  }

  async #read(key: string, signal: AbortSignal | undefined): Promise<RecordList | undefined> {
    const { remote, onEvent, stats } = this.#context;
    const object = await remote.get(`ac/${key}`, { signal });
    if (typeof object === 'string') return undefined;
    const bytes = await readObject(object.body, recordsLimit, { name: remote.name, signal });
    const records = bytes === undefined ? [] : readTrustedRecords(bytes, key, this.#trusted);
    if (records.length === 0 && this.#trusted.size > 0) {
      stats.altered += 1;
      const message = `${remote.name} holds no record of a trusted key under ac/${key}.`;
      onEvent({ type: 'remote-altered', remote: remote.name, key: `ac/${key}`, message });
    }
    return { records, etag: object.etag, ageMs: object.ageMs };
  }
}

/** The own record first, then the others that observed something else and lead somewhere. */
function merge(own: SignedRecord, there: readonly SignedRecord[], leadNowhere: ReadonlySet<string>): SignedRecord[] {
  const observed = JSON.stringify(own.observed ?? null);
  const others = there.filter(
    (record) => JSON.stringify(record.observed ?? null) !== observed && !leadNowhere.has(record.artifact.sha256),
  );
  return [own, ...others].slice(0, mostRecords);
}
