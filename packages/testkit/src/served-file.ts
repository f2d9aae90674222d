// A file that the loopback index offers, and what its page says of it. Shared by the server and by the code that writes
// the pages.

/** One file of an index. */
export interface ServedFile {
  /** The name that the page and the URL give: `demo-1.0-py3-none-any.whl`. */
  readonly filename: string;
  /** The bytes that a download gets. */
  readonly data: Uint8Array;
  /** The project whose page lists the file; by default the part of the file name before the first `-`. */
  readonly project?: string | undefined;
  /** METADATA to publish beside the file (PEP 658); without it the index publishes none. */
  readonly metadata?: string | undefined;
  /** `requires-python` of the page (PEP 503), a version specifier. */
  readonly requiresPython?: string | undefined;
  /** Whether the file is yanked (PEP 592); a text is the reason. */
  readonly yanked?: boolean | string | undefined;
  /** Digests to publish in place of the true SHA-256: hexadecimal by algorithm; `{}` publishes none. */
  readonly hashes?: Readonly<Record<string, string>> | undefined;
}
