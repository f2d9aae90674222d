// What the resolver needs from others: which versions exist and what each requires. The umbrella implements it over an
// index client, a store and a build front end; tests over a table.
import type { NormalizedName, Requirement, Version } from '@wheelwright/packaging';

/** One version of a distribution, as the provider offers it; already the best file of that version. */
export interface Candidate {
  readonly name: NormalizedName;
  readonly version: Version;
  readonly requiresPython?: string | undefined;
  readonly yanked: boolean;
  /** The provider's own; never looked at here. */
  readonly file: unknown;
}

/** What one candidate asks for, as its METADATA says it. */
export interface CandidateRequirements {
  readonly requiresDist: readonly string[];
  readonly requiresPython?: string | undefined;
}

/** Each question is asked at most once per resolution and candidate. What a method throws ends the resolution. */
export interface PackageProvider {
  /** Every version on offer, in any order; empty when nobody knows the name. */
  candidates(name: NormalizedName): Promise<readonly Candidate[]>;
  requirements(candidate: Candidate): Promise<CandidateRequirements>;
  /** Whether `requirements` is quick, as for a wheel. Others, as an sdist to build, are not asked ahead of need. */
  isCheap?(candidate: Candidate): boolean;
  /** The one candidate that a requirement with a URL means. Without this method such dependencies cannot be met. */
  direct?(requirement: Requirement): Promise<Candidate>;
}
