// The wheels of an open store. One process fills an entry while the others that want it wait. The numbers are those of
// docs/protocols/publish.md.
import { statSync } from 'node:fs';
import path from 'node:path';
import { hashFile } from '@wheelwright/archives';
import { isCodedError } from '@wheelwright/errors';
import { compareVersions, parseWheelFilename, tryParseVersion } from '@wheelwright/packaging';
import { type DownloadPlace, DownloadRoom } from './download-room.ts';
import { Entries } from './entries.ts';
import { readStoredWheel, type StoredWheel } from './entry/stored-wheel.ts';
import type { StoreContext } from './store-context.ts';
import { StoreError } from './store-error.ts';
import { mostThreads } from './unpack-pool.ts';

/** What {@link Store.addWheel} needs beside the path. */
export interface AddWheelOptions {
  /** The file name of the wheel, where the path has another one. */
  readonly filename?: string | undefined;
  /** In hex, where the caller knows it: then a wheel that is in the store is found without reading the file. */
  readonly sha256?: string | undefined;
}

/** A wheel to be fetched. */
export interface DownloadRequest {
  /** Its file name. */
  readonly filename: string;
  /** In hex; with it all processes that want the wheel download it once. */
  readonly sha256?: string | undefined;
  /** In bytes, where it is known: then threads to unpack it start while it is fetched. */
  readonly size?: number | undefined;
  /** Ends the wait for another process that brings the same wheel. */
  readonly signal?: AbortSignal | undefined;
  /** Called when the wheel is unpacked here and waits, with others, to be on the disk. It must not throw. */
  readonly onUnpacked?: (() => void) | undefined;
}

/** What a download gives back. */
export interface DownloadedFile {
  /** In hex, computed while the bytes came in: they are not hashed again. */
  readonly sha256: string;
  /** The bytes, where they were not written to the path. The caller does not use them again. */
  readonly bytes?: Uint8Array | undefined;
}

/** Where a download goes. */
export interface DownloadTarget {
  /** The path of a file that does not exist, in a directory of the caller's own in the store. */
  readonly path: string;
  /** So many bytes may be given back in memory instead, which spares the disk a file that is read once; 0: none. */
  readonly memoryLimit: number;
}

/** Brings a file to its target, or gives its bytes where the target allows that. */
// biome-ignore lint/suspicious/noConfusingVoidType: a download that has nothing to say may return nothing
export type Download = (targetPath: string, target: DownloadTarget) => Promise<DownloadedFile | void>;

// Wheels that wait in memory for a thread, in bytes all together. More go by way of the disk.
const mostInMemory = 24 * 1024 * 1024;
// Of a wheel whose index does not state the size.
const likelySize = 4 * 1024 * 1024;

export class WheelEntries {
  readonly entries: Entries;
  readonly #context: StoreContext;
  /** By their entries, which are pinned and never edited: each is read once. */
  readonly #read = new Map<string, StoredWheel>();
  readonly #room = new DownloadRoom({ bytes: mostInMemory, threads: mostThreads() });

  constructor(context: StoreContext) {
    this.entries = new Entries(context.paths.wheels, context);
    this.#context = context;
  }

  find(sha256: string): StoredWheel | undefined {
    const entryDir = this.entries.find(sha256);
    if (entryDir === undefined) return undefined;
    const known = this.#read.get(entryDir);
    if (known !== undefined) return known;
    try {
      const wheel = readStoredWheel(sha256, entryDir);
      this.#read.set(entryDir, wheel);
      return wheel;
    } catch (error) {
      if (!isCodedError(error, 'STORE_DAMAGED')) throw error;
      this.entries.supersede(entryDir);
      return undefined;
    }
  }

  async add(wheelPath: string, options: AddWheelOptions): Promise<StoredWheel> {
    const { filename = path.basename(wheelPath) } = options;
    const sha256 = options.sha256 ?? (await hashFile(wheelPath));
    return this.#provide({ filename, sha256 }, async () => ({ wheel: wheelPath }));
  }

  async addDownload(request: DownloadRequest, download: Download): Promise<StoredWheel> {
    const { filename, sha256, size, signal, onUnpacked } = request;
    const found = sha256 === undefined ? undefined : this.find(sha256);
    if (found !== undefined) return keepingPromise(found, filename);
    const staging = this.#context.staging.create();
    const target = path.join(staging.dir, 'download');
    let place: DownloadPlace | undefined;
    try {
      if (sha256 === undefined) {
        const downloaded = await download(target, { path: target, memoryLimit: 0 });
        const wheel = downloaded?.bytes ?? target;
        const found = downloaded?.sha256 ?? (await hashFile(target));
        return await this.#provide({ filename, sha256: found, signal }, async () => ({
          wheel,
          isHashed: true,
          isSpent: true,
          onUnpacked,
        }));
      }
      return await this.#provide({ filename, sha256, size, signal }, async () => {
        place = await this.#room.take(size ?? likelySize);
        const { memoryLimit, arrived, release } = place;
        // While this one waited, the store may have been closed.
        this.#context.pool.requireOpen();
        const downloaded = await download(target, { path: target, memoryLimit });
        arrived();
        const isHashed = downloaded?.sha256 === sha256;
        return { wheel: downloaded?.bytes ?? target, isHashed, isSpent: true, onUnpacked: both(release, onUnpacked) };
      });
    } finally {
      place?.release();
      staging.release();
    }
  }

  async #provide(wheel: WantedWheel, bring: () => Promise<BroughtWheel>): Promise<StoredWheel> {
    const { locks, onEvent, pool, staging } = this.#context;
    const { filename, sha256 } = wheel;
    // 1. There already?
    const found = this.find(sha256);
    if (found !== undefined) return keepingPromise(found, filename);
    // 2. One fills it, the others wait.                   crash here: the lock is free, nothing has happened.
    const task = { purpose: `unpacking ${filename}`, signal: wheel.signal };
    return locks.hold(`wheel-${sha256}`, task, async () => {
      // 3. Perhaps it came while we waited.
      const come = this.find(sha256);
      if (come !== undefined) return keepingPromise(come, filename);
      let settle = pool.expect(wheel.size ?? 0);
      const staged = staging.create();
      try {
        const brought = await bring();
        const size = typeof brought.wheel === 'string' ? statSync(brought.wheel).size : brought.wheel.length;
        if (wheel.size === undefined) settle = pool.expect(size);
        const entryDir = await this.#fill(staged.dir, wheel, brought, size);
        onEvent({ type: 'wheel-added', sha256, filename });
        return readStoredWheel(sha256, entryDir);
      } finally {
        settle();
        staged.release();
      }
    });
  }

  async #fill(
    stagedDir: string,
    { filename, sha256 }: WantedWheel,
    { onUnpacked, ...brought }: BroughtWheel,
    size: number,
  ): Promise<string> {
    const filled = this.entries.expect();
    let published: Promise<string>;
    try {
      // 4. and 5., in this thread or in one beside it.
      await this.#context.pool.run({ entryDir: stagedDir, filename, sha256, ...brought });
      onUnpacked?.();
      this.#context.disk.unpacked(stagedDir, size);
      // 6. It gets its name, together with others that are ready.
      published = this.entries.publish(sha256, stagedDir);
    } finally {
      filled();
    }
    return published;
  }
}

interface WantedWheel {
  readonly filename: string;
  readonly sha256: string;
  readonly size?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A wheel that is there to be unpacked: the path of its file, or its bytes. */
interface BroughtWheel {
  readonly wheel: string | Uint8Array;
  readonly isHashed?: boolean | undefined;
  readonly isSpent?: boolean | undefined;
  /** Called when it is not needed any more. */
  readonly onUnpacked?: (() => void) | undefined;
}

function both(first: () => void, second: (() => void) | undefined): () => void {
  return () => {
    first();
    second?.();
  };
}

// The hash is that of another wheel than the name promises: unpacking it would have failed, so finding it has to.
function keepingPromise(wheel: StoredWheel, filename: string): StoredWheel {
  if (wheel.filename === filename) return wheel;
  const { name, version } = parseWheelFilename(filename);
  const found = tryParseVersion(wheel.manifest.version);
  const isSameVersion = found !== undefined && compareVersions(version, found) === 0;
  if (name === wheel.manifest.name && isSameVersion) return wheel;
  throw new StoreError('STORE_HASH_MISMATCH', `${filename} has the sha256 of another wheel, ${wheel.filename}.`, {
    hint: 'The file that is offered under that name is another wheel.',
    data: { path: filename, expected: wheel.sha256, found: wheel.filename },
  });
}
