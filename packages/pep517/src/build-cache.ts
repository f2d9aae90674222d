// The port behind which builds are kept. `createDirectoryCache` is one on this disk; a cache shared by machines wraps it.
import type { BuildRecord } from './build-record.ts';

/** How a caller waits for another that builds the same. */
export interface AloneOptions {
  /** Ends the wait. */
  readonly signal?: AbortSignal | undefined;
  /** How long to wait; the default of the locks unless given. */
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
 * Keeps builds under their keys. An entry is whole or not there, whatever happens to who writes it; what cannot be read
 * is not there. A write that the disk or the network refuses is no error: the build stands without it.
 */
export interface BuildCache {
  /** The records under a key, the newest first. */
  read(key: string): Promise<readonly BuildRecord[]>;
  /** Brings the artifact of a record to an absent path, its hash checked; false where it is gone or damaged. */
  fetch(record: BuildRecord, targetPath: string): Promise<boolean>;
  /** Keeps the artifact at a path under the key of the record; the file stays. */
  keep(record: BuildRecord, artifactPath: string): Promise<void>;
  /**
   * Runs `work` while no other thread or process (nor machine, where the cache is shared) runs any for this key. The
   * others then look again before they build.
   */
  alone<T>(key: string, work: (turn: Turn) => Promise<T>, options?: AloneOptions): Promise<T>;
  /** A small text that makes the next look faster, or explains it; undefined where it was not written. */
  readNote(name: string): string | undefined;
  /** Writes such a text; one that cannot be written is none. */
  writeNote(name: string, text: string): void;
}
