// What the client needs from others: a place that keeps answers between runs. The store implements it; a client without
// one asks the network each time.

/** Keeps answers under a key of 64 hexadecimal digits. Both calls may be made from many processes at once. */
export interface ResponseCache {
  /** What was last written under `key`; undefined when nothing (whole) is there. */
  read(key: string): { readonly meta: string; readonly body: Uint8Array } | undefined;
  /** Keeps both under `key`, in place of what was there. A failure to keep them must not throw. */
  write(key: string, meta: string, body: Uint8Array): void;
}
