// The question and its answer, as callers see them.
import type { MarkerEnvironment, NormalizedName, Requirement } from '@wheelwright/packaging';
import type { Candidate, PackageProvider } from './ports.ts';

/** Something asked for from outside. */
export interface RootRequirement {
  readonly requirement: Requirement;
  /** Who asks, for people: `the command line`, `requirements.txt:3`. */
  readonly source: string;
  /** Whether a person named it (default), rather than, say, a base that must be kept. */
  readonly requested?: boolean | undefined;
  /** The only candidate there is, for a wheel or a tree given by path; a URL is else asked of the provider. */
  readonly candidate?: Candidate | undefined;
}

export interface ResolveOptions {
  readonly requirements: readonly RootRequirement[];
  /** They install nothing and limit what is chosen. */
  readonly constraints?: readonly Requirement[] | undefined;
  readonly environment: MarkerEnvironment;
  /** `3.11.4`: what `Requires-Python` is held against. */
  readonly pythonVersion: string;
  /** Default `if-necessary`: only where a requirement names one, or where nothing else fits. */
  readonly prereleases?: 'if-necessary' | 'allow' | undefined;
  /** What is there already. With `upgrade: 'none'` it is kept as far as the requirements let it. */
  readonly installed?: ReadonlyMap<NormalizedName, Candidate> | undefined;
  readonly upgrade: 'none' | 'all';
  readonly provider: PackageProvider;
  readonly signal?: AbortSignal | undefined;
}

export interface Pin {
  readonly candidate: Candidate;
  /** Sorted. */
  readonly extras: readonly NormalizedName[];
  readonly requested: boolean;
  /** Names of the pinned distributions that require it, sorted; empty for one that only roots ask for. */
  readonly requiredBy: readonly string[];
}

export interface Resolution {
  /** Sorted by name; a name occurs once. */
  readonly pins: readonly Pin[];
}
