// Where the content of a candidate comes from, and the port through which sources that are no wheels are opened. The
// provider and the resolution hold these values; fetching and building turn each of them into a stored wheel.

import type { IndexFile } from '@wheelwright/index-client';
import type { DirectUrl, NormalizedName, Requirement, Version } from '@wheelwright/packaging';
import type { Candidate } from '@wheelwright/resolver';
import type { StoredWheel } from '@wheelwright/store';
import type { DirectInput } from './requirement-inputs.ts';

/** Where a candidate's content is. Only values of plain data live longer than one command (see `resolution-memo.ts`). */
export type DistributionSource =
  /** A wheel of an index or a link page, to be downloaded. */
  | IndexSource<'index'>
  /** An sdist of an index or a link page, to be downloaded and built. */
  | IndexSource<'sdist'>
  /** A wheel that is in the store already and may be used as it is. */
  | { readonly from: 'store'; readonly wheel: StoredWheel }
  /** What a requirement names by URL or path: an archive, a repository, a tree; perhaps editable. */
  | { readonly from: 'direct'; readonly direct: DirectDistribution }
  /** The target environment holds it at this version, and it stays. */
  | { readonly from: 'installed' };

/** A file that an index or a link page offers. */
export interface IndexSource<From extends string> {
  readonly from: From;
  readonly file: IndexFile;
  /** `sha256:<hex>` and others: the file must have one of them. Absent where the requirement states none. */
  readonly hashes?: readonly string[] | undefined;
}

/** A candidate as this package makes it. */
export type SourcedCandidate = Candidate & { readonly file: DistributionSource };

/** The one distribution that a URL or a path names, opened as far as its metadata. */
export interface DirectDistribution {
  readonly name: NormalizedName;
  readonly version: Version;
  /** The text of METADATA, or a PKG-INFO that a build would not change. */
  readonly metadata: string;
  /** What `direct_url.json` will hold (PEP 610), the commit or the hash of the archive included. */
  readonly directUrl: DirectUrl;
  /** Belongs to the implementation of `SourceDistributions`, which makes a wheel of it later. */
  readonly handle: unknown;
}

/**
 * Opens what is no wheel of an index. The provider calls it while the resolver looks for versions; a failure ends the
 * resolution with the error that is thrown, so the error names the distribution and says what failed. Both methods may
 * be called many times at once, and with the same argument again by a later resolution: the implementation remembers.
 */
export interface SourceDistributions {
  /**
   * The core metadata of an sdist: read from its PKG-INFO where nothing in it is dynamic, from a static pyproject.toml,
   * else by `prepare_metadata_for_build_wheel` or a build. Throws where name or version are others than the file says.
   */
  sdistMetadata(source: IndexSource<'sdist'>): Promise<string>;
  /** What `requirement.url` names: a wheel, an sdist, a repository, a tree. Throws where it is not `requirement.name`. */
  direct(requirement: Requirement): Promise<DirectDistribution>;
}

/** The interpreter and platform that wheels have to fit; not necessarily the one that runs this. */
export interface WheelTarget {
  /** Compatibility tags, the best first. */
  readonly tags: readonly string[];
  /** `3.11.4`. */
  readonly versionText: string;
}

/**
 * Sources opened for one resolution: what the provider asks, and the wheels that are made in the end. `close` when the
 * wheels are in the store: what was downloaded or unpacked aside goes.
 */
export interface SourceOpener extends SourceDistributions {
  /** What a direct input names, as far as its metadata. */
  open(input: DirectInput): Promise<DirectDistribution>;
  /** The wheel of what {@link open} gave, built where it is no wheel. */
  wheelOf(direct: DirectDistribution): Promise<StoredWheel>;
  /** The wheel that is built of an sdist. Throws where its name or version is another than that of the sdist. */
  sdistWheel(source: IndexSource<'sdist'>): Promise<StoredWheel>;
  /** False: sdists, directories and repositories are refused. */
  readonly canBuild: boolean;
  close(): void;
}
