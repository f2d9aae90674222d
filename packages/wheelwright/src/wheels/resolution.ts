// A resolution's question and answer in terms of this package: inputs in, stored wheels out.
import type { IndexFile } from '@wheelwright/index-client';
import type { NormalizedName } from '@wheelwright/packaging';
import type { Interpreter } from '@wheelwright/python';
import type { Candidate, ResolveOptions } from '@wheelwright/resolver';
import type { StoredWheel } from '@wheelwright/store';
import type { AllowedFormats } from './format-control.ts';
import type { Constraint, RequirementInput } from './requirement-inputs.ts';

/** One distribution to be in the environment: a wheel in the store, or one that is installed already and stays. */
export interface ResolvedWheel {
  /** Normalized (PEP 503). */
  readonly name: NormalizedName;
  /** As the index or the wheel spells it. */
  readonly version: string;
  /** Whether a person named it. */
  readonly requested: boolean;
  /** Names of those that require it. */
  readonly requiredBy: readonly string[];
  /** undefined: installed already at this version. */
  readonly wheel: StoredWheel | undefined;
  /** The text of direct_url.json, for a distribution that was named by path or URL. */
  readonly directUrl: string | undefined;
  /** What the index offers, where the wheel comes from one. */
  readonly file?: IndexFile | undefined;
}

/** Makes a wheel of a directory or an sdist (an absolute path), in the store. Throws PEP517_… and SDIST_…. */
export type BuildSource = (source: string) => Promise<StoredWheel>;

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
  /** Which kinds of file may be used for a name; wheels only by default. */
  readonly formatsOf?: ((name: string) => AllowedFormats) | undefined;
  readonly policy?: ResolutionPolicy | undefined;
  /** Absent where only wheels are accepted. */
  readonly build?: BuildSource | undefined;
}

/** What else decides which versions are chosen; each as the resolver's option of that name has it. */
export interface ResolutionPolicy
  extends Pick<ResolveOptions, 'versionOrder' | 'overrides' | 'prereleasesOf' | 'preferred'> {
  /** Only files that an index states to be uploaded before this time (milliseconds since 1970) count. */
  readonly uploadedBeforeMs?: number | undefined;
  /** Names, or `:all:`, of which every wheel is tried before any sdist. */
  readonly prefersWheels?: ReadonlySet<string> | undefined;
}

/** What the resolver may keep: an installed distribution with its requirements. */
export interface InstalledCandidate {
  readonly candidate: Candidate;
  readonly requiresDist: readonly string[];
}
