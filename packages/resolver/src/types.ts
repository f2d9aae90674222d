// The question and its answer, as callers see them.
import type { MarkerEnvironment, NormalizedName, Requirement, Version } from '@wheelwright/packaging';
import type { Candidate, PackageProvider } from './ports.ts';

/** A requirement from outside: of the command line, a file, a project. */
export interface RootRequirement {
  /** Its marker is evaluated for the target; one that is false leaves the requirement out. */
  readonly requirement: Requirement;
  /** Who asks, for messages: `the command line`, `requirements.txt:3`. */
  readonly source: string;
  /** Whether a person named it (default true). A base that must stay is not requested. */
  readonly requested?: boolean | undefined;
  /** The only candidate of this name, for a wheel, a tree or a URL that the caller has opened already. */
  readonly candidate?: Candidate | undefined;
}

/** A limit on the versions of one name, for whatever needs it. */
export interface Constraint {
  /** Its specifiers count, or its URL; its marker is evaluated for the target. */
  readonly requirement: Requirement;
  /** Who limits, for messages: `constraints.txt:3`. */
  readonly source: string;
}

/**
 * `if-necessary`: where a root or constraint names a pre-release they count as any other version; elsewhere they are
 * tried after the final ones, where only they fit a requirement. `explicit`: only where a root or constraint names one.
 * `allow` and `disallow`: always and never.
 */
export type PrereleasePolicy = 'if-necessary' | 'explicit' | 'allow' | 'disallow';

/** Which of the versions that fit is tried first. `lowest-direct`: the lowest of what roots name, the highest of the rest. */
export type VersionOrder = 'highest' | 'lowest' | 'lowest-direct';

/** A resolution's question. Nothing in it is taken from the machine that runs it: the target may be another one. */
export interface ResolveOptions {
  /** In the order given: the resolver decides the first named first. */
  readonly requirements: readonly RootRequirement[];
  /** Limit the versions of what is installed, and install nothing. */
  readonly constraints?: readonly Constraint[] | undefined;
  /** Requirements that replace every other requirement on the same name. */
  readonly overrides?: readonly Requirement[] | undefined;
  /** The marker environment of the target (dependency specifiers, *Environment markers*). */
  readonly environment: MarkerEnvironment;
  /** The target's full Python version, `3.11.4`: each `Requires-Python` is compared with it. */
  readonly pythonVersion: string;
  /** Default `if-necessary`. */
  readonly prereleases?: PrereleasePolicy | undefined;
  /** Overrules `prereleases` for single names. */
  readonly prereleasesOf?: ReadonlyMap<NormalizedName, PrereleasePolicy> | undefined;
  /** Default `highest`. */
  readonly versionOrder?: VersionOrder | undefined;
  /** What the target environment holds. With `upgrade: 'none'` it stays as far as the requirements let it. */
  readonly installed?: ReadonlyMap<NormalizedName, Candidate> | undefined;
  /** Versions to try first, as an earlier lock chose them. Other versions are still looked at where these do not fit. */
  readonly preferred?: ReadonlyMap<NormalizedName, Version> | undefined;
  /** `none`: what is installed is tried first. `all`: what is installed does not count. */
  readonly upgrade: 'none' | 'all';
  /** Answers which versions there are and what each requires. */
  readonly provider: PackageProvider;
  /** Ends the resolution; `resolve` then throws its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** One distribution of a resolution. */
export interface Pin {
  /** The provider's own value. */
  readonly candidate: Candidate;
  /** Sorted. */
  readonly extras: readonly NormalizedName[];
  /** Whether a root that counts as requested names it. */
  readonly requested: boolean;
  /** Names of the pinned distributions that require it, sorted; empty for one that only roots ask for. */
  readonly requiredBy: readonly string[];
}

/** Something that the caller should hear although the resolution succeeded. */
export type ResolutionWarning =
  /** The chosen version does not provide the extra that `source` asks for. */
  | {
      readonly kind: 'unknown-extra';
      readonly name: NormalizedName;
      readonly version: string;
      readonly extra: NormalizedName;
      readonly provided: readonly string[];
    }
  /** The chosen version is yanked; `reason` is empty where the index gives none. */
  | { readonly kind: 'yanked'; readonly name: NormalizedName; readonly version: string; readonly reason: string };

/** The answer. */
export interface Resolution {
  /** Sorted by name; each name occurs once. */
  readonly pins: readonly Pin[];
  /** In no order that callers may rely on; empty for most resolutions. */
  readonly warnings: readonly ResolutionWarning[];
}
