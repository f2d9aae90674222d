// The port of this package: a cache in which facts about interpreters outlive a process.

/** Texts by key, shared by many processes. The cache may forget any of them. Keys are short and safe as file names. */
export interface FactsCache {
  /** The text of an earlier `write` of this key, or undefined. */
  read(key: string): string | undefined;
  /** Keeps a text; of concurrent writes one wins whole. */
  write(key: string, text: string): void;
}
