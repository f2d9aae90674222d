// A resolution's question and answer in terms of this package: inputs in, stored wheels out.
import type { IndexClient } from '@wheelwright/index-client';
import type { NormalizedName } from '@wheelwright/packaging';
import type { Interpreter } from '@wheelwright/python';
import type { Candidate, ResolveOptions } from '@wheelwright/resolver';
import type { StoredWheel } from '@wheelwright/store';
import type { DistributionSource, SourcedCandidate, SourceOpener } from './distribution-source.ts';
import type { FormatControl } from './format-control.ts';
import type { Constraint, RequirementInput } from './requirement-inputs.ts';

/** One distribution to be in the environment. */
export interface ResolvedDistribution {
  /** Normalized (PEP 503). */
  readonly name: NormalizedName;
  /** As the index or the wheel spells it. */
  readonly version: string;
  /** Whether a person named it. */
  readonly requested: boolean;
  /** Names of those that require it. */
  readonly requiredBy: readonly string[];
  /** Where it comes from; `installed`: it is there already and stays. */
  readonly source: DistributionSource;
  /** The text of direct_url.json, for a distribution that was named by path or URL. */
  readonly directUrl: string | undefined;
}

/** The same with its wheel in the store; undefined for what is installed already. */
export interface ResolvedWheel extends ResolvedDistribution {
  /** Verified; undefined where the installed one stays. */
  readonly wheel: StoredWheel | undefined;
}

/** A resolution whose wheels are not fetched yet. `close` it when they are, or when they are not wanted. */
export interface OpenResolution {
  readonly distributions: readonly ResolvedDistribution[];
  /** Fetches and builds. On return every wheel that is to be installed is in the store, verified. */
  fetch(): Promise<readonly ResolvedWheel[]>;
  /** The text of METADATA of one of them, by the cheapest way; for what is not installed. */
  metadata(one: ResolvedDistribution): Promise<string>;
  close(): void;
}

/** Opens sources for one resolution, with the index that it asks. */
export type OpenSources = (index: IndexClient) => SourceOpener;

/** What is resolved, and for which interpreter. */
export interface ResolveWheelsOptions {
  readonly inputs: readonly RequirementInput[];
  readonly constraints?: readonly Constraint[] | undefined;
  readonly interpreter: Interpreter;
  /** What is installed: kept where it satisfies. */
  readonly installed?: ReadonlyMap<NormalizedName, InstalledCandidate> | undefined;
  readonly prereleases?: boolean | undefined;
  /** Only what is asked for, no dependencies. */
  readonly noDeps?: boolean | undefined;
  /** Every artifact that is to be installed needs a stated hash. */
  readonly requireHashes?: boolean | undefined;
  /** An older wheel is better than a newer sdist. */
  readonly preferBinary?: boolean | undefined;
  /** Which kinds of file may be used for a name; all of them by default. */
  readonly formatsOf?: FormatControl | undefined;
  readonly policy?: ResolutionPolicy | undefined;
  readonly openSources: OpenSources;
}

/** What else decides which versions are chosen; each as the resolver's option of that name has it. */
export interface ResolutionPolicy
  extends Pick<ResolveOptions, 'versionOrder' | 'overrides' | 'prereleasesOf' | 'preferred'> {
  /** Only files that an index states to be uploaded before this time (milliseconds since 1970) count. */
  readonly uploadedBeforeMs?: number | undefined;
  /** Names, or `:all:`, of which every wheel is tried before any sdist. */
  readonly prefersWheels?: ReadonlySet<string> | undefined;
  /** The only candidates of their names, as an earlier resolution chose them. */
  readonly only?: ReadonlyMap<NormalizedName, SourcedCandidate> | undefined;
}

/** What the resolver may keep: an installed distribution with its requirements. */
export interface InstalledCandidate {
  readonly candidate: Candidate;
  readonly requiresDist: readonly string[];
}
