// Content by its sha256: read and verified, offered where it lacks, put right where it is wrong. A key that was found wrong
// is not read again in this run; a writer that has the right bytes replaces the version that it saw.
import type { FileHandle } from 'node:fs/promises';
import { isRemoteError } from '../errors.ts';
import type { RemoteEvent, RemoteStats } from '../events.ts';
import type { Breaker } from '../guard/breaker.ts';
import type { RemoteKey, RemoteStore } from '../ports.ts';
import { type ExpectedContent, receiveFile } from './receive.ts';

/** What the parts of an open cache share. */
export interface CacheContext {
  readonly remote: RemoteStore;
  readonly breaker: Breaker;
  readonly stats: RemoteStats;
  readonly onEvent: (event: RemoteEvent) => void;
}

/** How a read ended. `absent` also stands for a remote that is off, failed, or has other bytes. */
export type BlobOutcome = { readonly size: number; readonly ageMs: number | undefined } | 'absent' | 'altered';

/** A file to offer: its first `size` bytes, through a handle that stays open until the offer has ended. */
export interface OfferedFile {
  readonly file: FileHandle;
  readonly size: number;
  readonly sha256: string;
}

/** A body that breaks off is asked for once more. */
const readTries = 2;

export class Blobs {
  readonly #context: CacheContext;
  /** The versions that were found wrong. */
  readonly #altered = new Map<string, string>();
  readonly #present = new Set<string>();
  /** What this run wrote. */
  readonly stored = new Set<string>();

  constructor(context: CacheContext) {
    this.#context = context;
  }

  /** Whether the key was found wrong in this run. */
  isAltered(sha256: string): boolean {
    return this.#altered.has(sha256);
  }

  /** Whether the remote has these bytes, as far as this run knows. */
  isPresent(sha256: string): boolean {
    return this.#present.has(sha256);
  }

  /**
   * Brings the content to `targetPath`, where nothing is yet, verified. `onAnswer` is called when the remote has answered,
   * before the body. Throws the signal's reason and errors of the disk; every failure of the remote is `absent`.
   */
  async fetch(
    expected: ExpectedContent,
    targetPath: string,
    { signal, onAnswer }: { signal?: AbortSignal | undefined; onAnswer?: (() => void) | undefined } = {},
  ): Promise<BlobOutcome> {
    const { remote, breaker, stats } = this.#context;
    const { sha256 } = expected;
    if (this.#altered.has(sha256)) return 'altered';
    for (let n = 1; ; n += 1) {
      let answered = false;
      const outcome = await breaker.run('read', async () => {
        const object = await remote.get(`cas/${sha256}`, { signal });
        answered = true;
        if (object !== 'same') onAnswer?.();
        if (typeof object === 'string') return 'absent' as const;
        try {
          const size = await receiveFile(object, targetPath, expected, remote.name);
          return { size, ageMs: object.ageMs };
        } catch (error) {
          if (signal?.aborted === true) throw signal.reason;
          if (!isRemoteError(error, 'REMOTE_ALTERED')) throw error;
          this.reportAltered(sha256, object.etag, error.message);
          return 'altered' as const;
        }
      });
      if (outcome === undefined && answered && n < readTries && breaker.allows('read')) continue;
      if (outcome === undefined || outcome === 'absent' || outcome === 'altered') {
        stats.misses += 1;
        return outcome ?? 'absent';
      }
      stats.hits += 1;
      stats.receivedBytes += outcome.size;
      this.#present.add(sha256);
      return outcome;
    }
  }

  /** Notes that the version `etag` of a key is not what the key says, so that it is neither used nor left there. */
  reportAltered(sha256: string, etag: string, message: string): void {
    const { remote, stats, onEvent } = this.#context;
    this.#altered.set(sha256, etag);
    stats.altered += 1;
    onEvent({ type: 'remote-altered', remote: remote.name, key: `cas/${sha256}`, message });
  }

  /**
   * Writes the content where it lacks, or over the version that was found wrong.
   * @throws RemoteError where the remote fails.
   */
  async store({ file, size, sha256 }: OfferedFile, signal?: AbortSignal): Promise<void> {
    const { remote, stats, onEvent } = this.#context;
    if (this.#present.has(sha256)) return;
    const key: RemoteKey = `cas/${sha256}`;
    const body = size === 0 ? new Uint8Array() : { file, size };
    const wrong = this.#altered.get(sha256);
    const written =
      wrong === undefined
        ? await remote.putIfAbsent(key, body, sha256, { signal })
        : await remote.replace(key, body, sha256, wrong, { signal });
    this.#altered.delete(sha256);
    this.#present.add(sha256);
    // Another machine was faster: what it wrote is verified by everyone who reads it.
    if (written === 'present' || written === 'lost') return;
    this.stored.add(sha256);
    stats.stored += 1;
    stats.sentBytes += size;
    onEvent({ type: 'remote-stored', key, size });
  }

  /** Writes the content again where it is old, so that the engine's rule does not expire what is in use. */
  async renew(offered: OfferedFile, signal?: AbortSignal): Promise<void> {
    const { remote } = this.#context;
    const key: RemoteKey = `cas/${offered.sha256}`;
    const there = await remote.has(key, { signal });
    if (there === undefined) return;
    const body = offered.size === 0 ? new Uint8Array() : { file: offered.file, size: offered.size };
    await remote.replace(key, body, offered.sha256, there.etag, { signal });
  }
}
