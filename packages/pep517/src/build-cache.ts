// The port of a build cache. `createDirectoryCache` implements it on this disk; a cache shared by machines wraps that one.
import type { BuildRecord } from './build-record.ts';

/** How a caller waits for another one that builds the same key. */
export interface AloneOptions {
  /** Ends the wait. */
  readonly signal?: AbortSignal | undefined;
  /** How long to wait, in ms; by default the timeout of the locks. */
  readonly timeoutMs?: number | undefined;
}

/** The turn of a caller of {@link BuildCache.alone}. */
export interface Turn {
  /**
   * Gives the turn up, runs `work`, and waits for the turn again: others may have built meanwhile. A build whose hook asks
   * for more waits for builds of other keys, and waits for none while it holds its own.
   */
  pause<T>(work: () => Promise<T>): Promise<T>;
}

/**
 * Caches builds by their keys. An entry is complete or absent, also after a crash of its writer; an unreadable entry counts
 * as absent. A failed write is not an error: the build succeeds without the cache.
 */
export interface BuildCache {
  /** The records under a key, the newest first. */
  read(key: string): Promise<readonly BuildRecord[]>;
  /** Copies the artifact of a record to a path that does not exist and checks its hash; false if it is missing or damaged. */
  fetch(record: BuildRecord, targetPath: string): Promise<boolean>;
  /** Stores the artifact at a path under the key of the record. The file itself stays. */
  keep(record: BuildRecord, artifactPath: string): Promise<void>;
  /**
   * Runs `work` under an exclusive lock on the key, among all threads and processes, and among machines if the cache is
   * shared. The others look in the cache again before they build.
   */
  alone<T>(key: string, work: (turn: Turn) => Promise<T>, options?: AloneOptions): Promise<T>;
  /** A small text that speeds up or explains the next lookup; undefined if it was not written. */
  readNote(name: string): string | undefined;
  /** Writes such a text. A failure is ignored. */
  writeNote(name: string, text: string): void;
}
