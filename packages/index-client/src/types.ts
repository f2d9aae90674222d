// The nouns of this package, as callers see them.
import type { NormalizedName } from '@wheelwright/packaging';
import type { AskKeyring } from './credentials.ts';
import type { ResponseCache } from './ports.ts';

/** A file that an index or a link page offers. Its URL never carries credentials: the client keeps those to itself. */
export interface IndexFile {
  /** As the page states it, or the last part of the link's path: never a path. */
  readonly filename: string;
  /** Absolute, without a fragment: `https:`, `http:`, or `file:` where the page itself is a local file. */
  readonly url: string;
  /** Algorithm to hexadecimal digest, both in lower case, as the page states them. */
  readonly hashes: Readonly<Record<string, string>>;
  /** `Requires-Python` as the page states it (PEP 503, 691). */
  readonly requiresPython?: string | undefined;
  /** PEP 592; a string gives the reason. */
  readonly yanked: boolean | string;
  /** Whether its metadata is published beside it (PEP 658), and with which hash. */
  readonly coreMetadata?: true | { readonly sha256: string } | undefined;
  /** In bytes (PEP 700). */
  readonly size?: number | undefined;
  /** ISO 8601, as the page states it (PEP 700). */
  readonly uploadTime?: string | undefined;
  /** Which kind of page offers it. */
  readonly source: 'index' | 'find-links';
  /** The index or link page that offers it, without credentials. */
  readonly index: string;
}

/** What an index says of a project as a whole (PEP 792). */
export interface ProjectStatus {
  /** `quarantined`: not to be used at all. `archived`, `deprecated`: no longer maintained, no longer recommended. */
  readonly status: 'archived' | 'deprecated' | 'quarantined';
  /** Empty where the index gives none. */
  readonly reason: string;
}

/**
 * Which indexes are asked for a name. `first-index`: one after the other, and the first one that has files of it is the
 * only one that counts, so that a name of a private index cannot be taken over by a public one. `unsafe-best-match`: all
 * of them, their files merged.
 */
export type IndexStrategy = 'first-index' | 'unsafe-best-match';

/** What a download needs to know of a file; every {@link IndexFile} is one. */
export type DownloadableFile = Pick<IndexFile, 'url'> & Partial<Pick<IndexFile, 'filename' | 'hashes' | 'size'>>;

/** How a download is watched and ended. */
export interface DownloadOptions {
  /** A file of up to so many bytes is given back in memory instead of being written; 0, the default: none. */
  readonly memoryLimit?: number | undefined;
  /** Ends the download, which then throws its reason and leaves nothing at the target. */
  readonly signal?: AbortSignal | undefined;
  /** Hears of every piece that came: bytes so far, and in all where that is known. A retry starts at zero again. */
  readonly onProgress?:
    | ((progress: { readonly received: number; readonly total?: number | undefined }) => void)
    | undefined;
}

/** What the client reports while it works; URLs are without credentials. */
export type IndexEvent =
  | { readonly type: 'request'; readonly url: string; readonly status: number }
  | { readonly type: 'retry'; readonly url: string; readonly attempt: number; readonly reason: string }
  /** A page of a newer API (PEP 629): it is read, and what the newer version added is not. Once a client and index. */
  | { readonly type: 'newer-api'; readonly index: string; readonly version: string };

/** Where a client looks, and how it speaks to servers. */
export interface IndexClientOptions {
  /** Simple indexes (http, https or file), the most trusted first. User and password in them go to their origin only. */
  readonly indexUrls: readonly string[];
  /** Default `first-index`. */
  readonly strategy?: IndexStrategy | undefined;
  /** Directories and HTML files (absolute paths), or URLs of link pages and of files. They always count. */
  readonly findLinks: readonly string[];
  /** Ask no index, only `findLinks`. */
  readonly noIndex: boolean;
  /** Keeps pages and metadata between runs; without it each client asks the network. */
  readonly cache?: ResponseCache | undefined;
  /** `host` or `host:port` whose certificate is not checked. */
  readonly trustedHosts?: readonly string[] | undefined;
  /** PEM file of the authorities to believe, in place of Node's own. */
  readonly certPath?: string | undefined;
  /** The file .netrc: credentials by host, where no URL has some. */
  readonly netrcPath?: string | undefined;
  /** Asked when an answer wants credentials and no URL, page or .netrc has some. */
  readonly askKeyring?: AskKeyring | undefined;
  /**
   * The URL of the proxy for a request; credentials in it are for the proxy. Absent or undefined: without one. A CodedError
   * that it throws passes unchanged.
   */
  readonly proxyFor?: ((url: URL) => string | undefined) | undefined;
  /** Ends every request; calls then throw its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Sent as `User-Agent` (default `wheelwright`). */
  readonly userAgent?: string | undefined;
  /** Requests at the same time, and connections to a host (default 16: more only cost handshakes). */
  readonly concurrency?: number | undefined;
  /** A connection that stays silent for so long has failed (default 30 s). */
  readonly idleTimeoutMs?: number | undefined;
  /** How often a request is repeated after a failure that may pass (default 3). */
  readonly retries?: number | undefined;
  /** The pause before the first repetition (default 250); each further one is twice as long, up to 30 s. */
  readonly retryDelayMs?: number | undefined;
  /** Hears of every event. It must not throw. */
  readonly onEvent?: ((event: IndexEvent) => void) | undefined;
}

/** A client for some indexes and link places. Its methods may be called at any time and in any number. */
export interface IndexClient {
  /**
   * Every file offered for `name`, links first, then those of the index that counts (see `IndexStrategy`); empty when
   * none is offered. With `wanted` only those whose names it accepts: of a long page the others cost almost nothing.
   * Throws INDEX_UNREACHABLE, INDEX_UNAUTHORIZED, INDEX_BAD_PAGE; INDEX_NOT_FOUND for a find-links place.
   */
  files(name: NormalizedName, wanted?: (filename: string) => boolean): Promise<readonly IndexFile[]>;
  /** What the index said of `name` when `files` was last asked for it; undefined where it said nothing. */
  status(name: NormalizedName): ProjectStatus | undefined;
  /**
   * The text of METADATA of a wheel: published beside it (PEP 658), else by ranges of its tail. Where the server offers
   * neither, `readWhole` brings the wheel to where it is kept and gives its METADATA; without it the wheel is read and
   * forgotten. Throws INDEX_NOT_FOUND, INDEX_BAD_PAGE, INDEX_HASH_MISMATCH.
   */
  metadata(file: IndexFile, readWhole?: (file: IndexFile) => Promise<string>): Promise<string>;
  /**
   * Writes the file to `targetPath`, whole and verified against every hash given, or not at all. With `memoryLimit` a file
   * of up to so many bytes is given back as `bytes` instead, and nothing is written. Returns the hash of what came and its
   * size in bytes. Throws INDEX_HASH_MISMATCH, INDEX_NOT_FOUND, and errors of the disk as they come.
   */
  download(
    file: DownloadableFile,
    targetPath: string,
    options?: DownloadOptions,
  ): Promise<{ readonly sha256: string; readonly size: number; readonly bytes?: Uint8Array | undefined }>;
  /**
   * Until when (milliseconds since 1970) everything that was listed or said so far may be taken as it is, by the rules of
   * HTTP caching. In the past where something has to be asked again each time, as local directories have to be.
   */
  freshUntil(): number;
  /** Ends the connections, and with them every request that is still under way; nothing may be asked after it. */
  close(): Promise<void>;
}
