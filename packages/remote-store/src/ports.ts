// What the engines of this package need from a backend: a key-value store with conditional writes. `backends/` implements
// it for S3 and for HTTP caches, tests implement it in memory, and an embedder may bring another.
import type { FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';

/**
 * The parts of a remote. `cas`: content by its sha256. `ac`: the build records of a build key. `lease`: which machine
 * builds a key. `set`: a pack of small wheels. `probe`: what `checkRemote` and the test of conditions write.
 */
export type RemoteSpace = 'cas' | 'ac' | 'lease' | 'set' | 'probe';

/** A key: its space and 64 lower-case hexadecimal digits. */
export type RemoteKey = `${RemoteSpace}/${string}`;

/** What a backend is able to do. */
export interface RemoteTraits {
  /** `atomic`: of many conditional writes to one key exactly one succeeds. `none`: conditions are ignored. */
  readonly conditional: 'atomic' | 'none';
  /** Whether writes are possible at all; false sends no write. */
  readonly writable: boolean;
  /** Whether the engine compares a body with the sha256 that is sent beside it. */
  readonly bodyHash: boolean;
}

/** A body to write: bytes in memory, or `size` bytes from the start of an open file, which stays open meanwhile. */
export type RemoteBody = Uint8Array | { readonly file: FileHandle; readonly size: number };

/** An object as it begins to arrive. The caller reads `body` to its end or destroys it. */
export interface RemoteObject {
  /** The bytes; an error of the connection is an error of this stream. */
  readonly body: Readable;
  /** In bytes, as announced; undefined where the engine announces none. */
  readonly size: number | undefined;
  /** The version of the object, opaque; `''` where the engine states none. */
  readonly etag: string;
  /** How old the object is, in ms, by the engine's own clock; undefined where the engine does not say. */
  readonly ageMs: number | undefined;
}

/** How one call goes. */
export interface RemoteCallOptions {
  /** Ends the call; its reason is thrown. */
  readonly signal?: AbortSignal | undefined;
}

/** How an object is read. */
export interface RemoteGetOptions extends RemoteCallOptions {
  /** Gives `same` where the object still has this etag. */
  readonly etag?: string | undefined;
  /** The first and the last byte wanted, both included. */
  readonly range?: readonly [first: number, last: number] | undefined;
}

/**
 * A key-value store on an engine that exists. Every call throws RemoteError, or the reason of its signal. There is no
 * `delete` and no `list`: some engines delete in spite of a condition, and HTTP caches have neither.
 */
export interface RemoteStore {
  /** For people, without credentials: `s3://bucket/prefix`. */
  readonly name: string;
  /** What this backend is able to do. */
  readonly traits: RemoteTraits;
  /** The object, `absent`, or `same` where it has the etag that was asked about. */
  get(key: RemoteKey, options?: RemoteGetOptions): Promise<RemoteObject | 'absent' | 'same'>;
  /** Whether the object is there, and its size. */
  has(key: RemoteKey, options?: RemoteCallOptions): Promise<{ size: number | undefined; etag: string } | undefined>;
  /** Writes where nothing is. `sha256` is that of the body, in hex. `present`: something was there, and stays. */
  putIfAbsent(
    key: RemoteKey,
    body: RemoteBody,
    sha256: string,
    options?: RemoteCallOptions,
  ): Promise<{ etag: string } | 'present'>;
  /** Writes over the version `etag`. `lost`: another version, or nothing, is there, and stays. */
  replace(
    key: RemoteKey,
    body: RemoteBody,
    sha256: string,
    etag: string,
    options?: RemoteCallOptions,
  ): Promise<{ etag: string } | 'lost'>;
  /** Ends the kept connections. */
  close(): void;
}

/** Time as the engines see it; tests bring their own. */
export interface Clock {
  /** Monotonic, in ms. */
  now(): number;
  /** Resolves after `ms`; rejects with the signal's reason. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
