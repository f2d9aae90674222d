// The types of a resolution: its request and its result.
import type { IndexClient } from '@wheelwright/index-client';
import type { NormalizedName } from '@wheelwright/packaging';
import type { Interpreter } from '@wheelwright/python';
import type { Candidate, ResolveOptions } from '@wheelwright/resolver';
import type { StoredWheel } from '@wheelwright/store';
import type { DistributionSource, SourcedCandidate, SourceOpener } from './distribution-source.ts';
import type { FormatControl } from './format-control.ts';
import type { Constraint, RequirementInput } from './requirement-inputs.ts';

/** One distribution of the result. */
export interface ResolvedDistribution {
  /** Normalized (PEP 503). */
  readonly name: NormalizedName;
  /** The name as the index or the wheel spells it. */
  readonly version: string;
  /** Whether the user named it. */
  readonly requested: boolean;
  /** Names of the distributions that require it. */
  readonly requiredBy: readonly string[];
  /** Its source; `installed` if the installed distribution stays. */
  readonly source: DistributionSource;
  /** The text of direct_url.json, if the distribution was named by path or URL. */
  readonly directUrl: string | undefined;
}

/** A distribution with its wheel in the store. */
export interface ResolvedWheel extends ResolvedDistribution {
  /** The verified wheel; undefined if the installed distribution stays. */
  readonly wheel: StoredWheel | undefined;
}

/** A resolution whose wheels are not fetched yet. Call `close` after fetching them, or if they are not needed. */
export interface OpenResolution {
  readonly distributions: readonly ResolvedDistribution[];
  /** Fetches and builds. On return every wheel to install is in the store, verified. */
  fetch(): Promise<readonly ResolvedWheel[]>;
  /** The text of METADATA of a distribution that is not installed, read in the cheapest way. */
  metadata(one: ResolvedDistribution): Promise<string>;
  close(): void;
}

/** Opens the sources of one resolution, which use its index. */
export type OpenSources = (index: IndexClient) => SourceOpener;

/** The request of a resolution. */
export interface ResolveWheelsOptions {
  readonly inputs: readonly RequirementInput[];
  readonly constraints?: readonly Constraint[] | undefined;
  readonly interpreter: Interpreter;
  /** The installed distributions. The resolver keeps those that satisfy the requirements. */
  readonly installed?: ReadonlyMap<NormalizedName, InstalledCandidate> | undefined;
  readonly prereleases?: boolean | undefined;
  /** Install only the named requirements, without dependencies. */
  readonly noDeps?: boolean | undefined;
  /** Every artifact to install needs a stated hash. */
  readonly requireHashes?: boolean | undefined;
  /** Prefer an older wheel to a newer sdist. */
  readonly preferBinary?: boolean | undefined;
  /** Which kinds of file may be used for a name; all of them by default. */
  readonly formatsOf?: FormatControl | undefined;
  readonly policy?: ResolutionPolicy | undefined;
  readonly openSources: OpenSources;
}

/** Further options of the choice. Each is passed to the resolver's option of that name. */
export interface ResolutionPolicy
  extends Pick<ResolveOptions, 'versionOrder' | 'overrides' | 'prereleasesOf' | 'preferred'> {
  /** Only files that were uploaded before this time (milliseconds since 1970), as the index states, count. */
  readonly uploadedBeforeMs?: number | undefined;
  /** Names, or `:all:`, for which every wheel is tried before any sdist. */
  readonly prefersWheels?: ReadonlySet<string> | undefined;
  /** Candidates that an earlier resolution chose, each the only one of its name. */
  readonly only?: ReadonlyMap<NormalizedName, SourcedCandidate> | undefined;
}

/** An installed distribution that the resolver may keep, with its requirements. */
export interface InstalledCandidate {
  readonly candidate: Candidate;
  readonly requiresDist: readonly string[];
}
