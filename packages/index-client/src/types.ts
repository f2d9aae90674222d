// The nouns of this package, as callers see them.
import type { NormalizedName } from '@wheelwright/packaging';
import type { ResponseCache } from './ports.ts';

/** A file that an index or a link page offers. Its URL never carries credentials: the client keeps those to itself. */
export interface IndexFile {
  readonly filename: string;
  readonly url: string;
  /** Algorithm to hexadecimal digest, as the page states them. */
  readonly hashes: Readonly<Record<string, string>>;
  readonly requiresPython?: string | undefined;
  /** A string gives the reason. */
  readonly yanked: boolean | string;
  /** Whether its metadata lies beside it (PEP 658), and with which hash. */
  readonly coreMetadata?: true | { readonly sha256: string } | undefined;
  readonly size?: number | undefined;
  readonly uploadTime?: string | undefined;
  readonly source: 'index' | 'find-links';
  /** The index or link page that offered it, without credentials. */
  readonly index: string;
}

/** What a download needs to know of a file; every {@link IndexFile} is one. */
export type DownloadableFile = Pick<IndexFile, 'url'> & Partial<Pick<IndexFile, 'filename' | 'hashes' | 'size'>>;

export interface DownloadOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?:
    | ((progress: { readonly received: number; readonly total?: number | undefined }) => void)
    | undefined;
}

export type IndexEvent =
  | { readonly type: 'request'; readonly url: string; readonly status: number }
  | { readonly type: 'retry'; readonly url: string; readonly attempt: number; readonly reason: string };

export interface IndexClientOptions {
  /** Simple indexes (http, https or file), asked all; their answers are merged in this order. */
  readonly indexUrls: readonly string[];
  /** Directories and HTML files (absolute paths), or URLs of link pages and of files. Merged before the indexes. */
  readonly findLinks: readonly string[];
  /** Ask no index, only `findLinks`. */
  readonly noIndex: boolean;
  readonly cache?: ResponseCache | undefined;
  /** `host` or `host:port` whose certificate is not checked. */
  readonly trustedHosts?: readonly string[] | undefined;
  /** PEM file of the authorities to believe, in place of Node's own. */
  readonly certPath?: string | undefined;
  readonly proxyUrl?: string | undefined;
  /** Hosts that are reached without the proxy; `.example.org` stands for every host below. */
  readonly noProxy?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly userAgent?: string | undefined;
  /** Requests at the same time (default 16). */
  readonly concurrency?: number | undefined;
  /** A connection that stays silent for so long has failed (default 30 s). */
  readonly idleTimeoutMs?: number | undefined;
  /** How often a request is repeated after a failure that may pass (default 3), and the first pause (default 250 ms). */
  readonly retries?: number | undefined;
  readonly retryDelayMs?: number | undefined;
  readonly onEvent?: ((event: IndexEvent) => void) | undefined;
}

export interface IndexClient {
  /**
   * Every file offered for `name`, links first, then each index; empty when nobody knows the name. With `wanted` only
   * those whose names it accepts: of a long page the others cost almost nothing.
   */
  files(name: NormalizedName, wanted?: (filename: string) => boolean): Promise<readonly IndexFile[]>;
  /**
   * The text of METADATA of a wheel: published beside it (PEP 658), else by ranges of its tail. Where the server offers
   * neither, `readWhole` brings the wheel to where it is kept and gives its METADATA; without it the wheel is read and
   * forgotten. Throws INDEX_NOT_FOUND, INDEX_BAD_PAGE, INDEX_HASH_MISMATCH.
   */
  metadata(file: IndexFile, readWhole?: (file: IndexFile) => Promise<string>): Promise<string>;
  /** Writes the file to `targetPath`, whole and verified against every hash given, or not at all. */
  download(
    file: DownloadableFile,
    targetPath: string,
    options?: DownloadOptions,
  ): Promise<{ readonly sha256: string; readonly size: number }>;
  /**
   * Until when (milliseconds since 1970) everything that was listed or said so far may be taken as it is, by the rules of
   * HTTP caching. Past: something has to be asked again each time, as everything that lies on this machine.
   */
  freshUntil(): number;
  close(): Promise<void>;
}
