// The sources of candidates, and the port that opens sources other than wheels. The provider and the resolution hold these
// values; fetching and building turn each of them into a wheel in the store.

import type { IndexFile } from '@wheelwright/index-client';
import type { DirectUrl, NormalizedName, Requirement, Version } from '@wheelwright/packaging';
import type { Candidate } from '@wheelwright/resolver';
import type { StoredWheel } from '@wheelwright/store';
import type { DirectInput } from './requirement-inputs.ts';

/** The source of a candidate. Only plain data outlives one command (see `resolution-memo.ts`). */
export type DistributionSource =
  /** A wheel of an index or a link page, to be downloaded. */
  | IndexSource<'index'>
  /** An sdist of an index or a link page, to be downloaded and built. */
  | IndexSource<'sdist'>
  /** A wheel that the store already has. */
  | { readonly from: 'store'; readonly wheel: StoredWheel }
  /** An archive, a repository or a tree that a requirement names by URL or path, possibly editable. */
  | { readonly from: 'direct'; readonly direct: DirectDistribution }
  /** The distribution that is installed in this version, and stays. */
  | { readonly from: 'installed' };

/** A file of an index or a find-links page. */
export interface IndexSource<From extends string> {
  readonly from: From;
  readonly file: IndexFile;
  /** Hashes such as `sha256:<hex>`, of which the file must have one. Absent if the requirement states none. */
  readonly hashes?: readonly string[] | undefined;
}

/** A candidate with its source. */
export type SourcedCandidate = Candidate & { readonly file: DistributionSource };

/** The distribution that a URL or a path names, with its metadata. */
export interface DirectDistribution {
  readonly name: NormalizedName;
  readonly version: Version;
  /** The text of METADATA, or of a PKG-INFO that a build would not change. */
  readonly metadata: string;
  /** The content of `direct_url.json` (PEP 610), with the commit or the hash of the archive. */
  readonly directUrl: DirectUrl;
  /** A value of the implementation of `SourceDistributions`, which builds a wheel from it later. */
  readonly handle: unknown;
}

/**
 * Opens sources that are not wheels of an index. The provider calls it during the resolution. Its error ends the
 * resolution, so it must name the distribution and what failed. Both methods may be called many times at once, and again
 * with the same argument by a later resolution: the implementation remembers its results.
 */
export interface SourceDistributions {
  /**
   * The core metadata of an sdist: from its PKG-INFO if nothing in it is dynamic, else from a static pyproject.toml, else
   * from `prepare_metadata_for_build_wheel` or a build. Throws if name or version differ from those of the file name.
   */
  sdistMetadata(source: IndexSource<'sdist'>): Promise<string>;
  /** Opens `requirement.url`: a wheel, an sdist, a repository or a tree. Throws if its name is not `requirement.name`. */
  direct(requirement: Requirement): Promise<DirectDistribution>;
}

/** The interpreter and platform that wheels must match; possibly those of another machine. */
export interface WheelTarget {
  /** Compatibility tags, best first. */
  readonly tags: readonly string[];
  /** `3.11.4`. */
  readonly versionText: string;
}

/**
 * The sources of one resolution: their metadata for the provider, and in the end their wheels. Call `close` when the wheels
 * are in the store; it removes temporary downloads and trees.
 */
export interface SourceOpener extends SourceDistributions {
  /** Opens a direct input and reads its metadata. */
  open(input: DirectInput): Promise<DirectDistribution>;
  /** The wheel of an input that {@link open} returned; builds it if the input is not a wheel. */
  wheelOf(direct: DirectDistribution): Promise<StoredWheel>;
  /** Builds the wheel of an sdist. Throws if its name or version differs from that of the sdist. */
  sdistWheel(source: IndexSource<'sdist'>): Promise<StoredWheel>;
  /** False: sdists, directories and repositories are refused. */
  readonly canBuild: boolean;
  close(): void;
}
