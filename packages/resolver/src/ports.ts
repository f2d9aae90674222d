// The port through which the resolver learns which versions exist and what each requires. The umbrella implements it over
// an index client, a store and a build front end; tests implement it over a table.
import type { NormalizedName, Requirement, Version } from '@wheelwright/packaging';

/** One version of a distribution. The provider has chosen the file already: a wheel, an sdist, a tree, a repository. */
export interface Candidate {
  /** The normalized name of the distribution. */
  readonly name: NormalizedName;
  /** As the file or its metadata states it, with its local label. */
  readonly version: Version;
  /** `Requires-Python` as the index states it (core metadata, PEP 503), before any metadata is read. */
  readonly requiresPython?: string | undefined;
  /** PEP 592; a text gives the reason. */
  readonly yanked: boolean | string;
  /** Candidates of a lower rank are tried first, whatever their version (default 0): wheels before sdists, say. */
  readonly rank?: number | undefined;
  /** Belongs to the provider. The resolver compares it by identity and never looks inside. */
  readonly file: unknown;
}

/** A version that is on offer, but no file of it may be used for this target. */
export interface RefusedVersion {
  /** As the index states it. */
  readonly version: Version;
  /** Completes a sentence whose subject is the version: `is offered only as an sdist`. */
  readonly reason: string;
  /** A sentence that says what one may do about it. */
  readonly remedy?: string | undefined;
}

/** What one candidate asks for, as its core metadata says. */
export interface CandidateRequirements {
  /** The values of `Requires-Dist` (dependency specifiers), with their markers. */
  readonly requiresDist: readonly string[];
  /** `Requires-Python`, a set of version specifiers; undefined where the metadata has none. */
  readonly requiresPython?: string | undefined;
  /** `Provides-Extra`. Where it is stated, the resolution warns about a requested extra that is not in it. */
  readonly providesExtra?: readonly string[] | undefined;
}

/** A candidate that turns out to be useless when its metadata is read: the resolver looks at other versions. */
export interface UnusableCandidate {
  /** Follows `it cannot be used: `. */
  readonly unusable: string;
}

/**
 * Answers the resolver's questions. Each question is asked at most once per resolution and candidate, many of them at the
 * same time, and some ahead of need. An exception of any method ends the resolution and reaches its caller unchanged.
 */
export interface PackageProvider {
  /** Every version that has a usable file, in any order; empty when there is none. */
  candidates(name: NormalizedName): Promise<readonly Candidate[]>;
  /** The requirements of a candidate. An sdist may have to be built for them: see `isCheap`. */
  requirements(candidate: Candidate): Promise<CandidateRequirements | UnusableCandidate>;
  /** False where `requirements` is slow, as for an sdist that has to be built: it is then asked only when needed. */
  isCheap?(candidate: Candidate): boolean;
  /** The one candidate that a requirement with a URL means. Without this method no URL can be resolved. */
  direct?(requirement: Requirement): Promise<Candidate>;
  /**
   * The versions without a usable file, asked only to explain a failure; a text where the whole name is refused, which
   * completes a sentence whose subject is the name; undefined when no source of the provider knows the name. Without this
   * method a name without candidates counts as unknown.
   */
  refused?(name: NormalizedName): Promise<readonly RefusedVersion[] | string | undefined>;
}
