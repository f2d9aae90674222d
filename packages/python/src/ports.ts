// What this package needs from others: a place where facts about interpreters outlive a process.

/**
 * Texts by key, shared by many processes. `read` gives what some `write` of that key was given, or undefined; forgetting
 * is always allowed. Keys are short and safe as file names.
 */
export interface FactsCache {
  read(key: string): string | undefined;
  write(key: string, text: string): void;
}
