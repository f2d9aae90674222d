// What `repair` is asked for, and what it did.
import type { ChangeResult, VerifyProblem } from '@wheelwright/installer';
import type { CallOptions } from '../tool/call.ts';
import type { FoundIn } from '../wheels/find-original-wheel.ts';

/** Which environment is put right, and how. */
export interface RepairOptions extends CallOptions {
  /** Its directory or its interpreter; absent: the active one. */
  readonly environment?: string | undefined;
  /** Look for the wheels and say what would be done; change nothing. */
  readonly dryRun?: boolean | undefined;
  /** The command line, kept with the generation and shown to those who wait for the lock. */
  readonly command?: string | undefined;
}

/** A distribution that was, or would be, installed again. */
export interface RepairedDistribution {
  /** Normalized (PEP 503). */
  readonly name: string;
  /** The version that was installed, and is again. */
  readonly version: string;
  /** Where its wheel was found. */
  readonly foundIn: FoundIn;
  /** What was wrong with it. */
  readonly problems: readonly VerifyProblem[];
}

/** What could not be put right: a distribution, or with an empty version a file of the environment itself. */
export interface RepairFailure {
  /** The distribution, or the path of the file. */
  readonly name: string;
  /** Empty for a file of the environment itself. */
  readonly version: string;
  /** Why, in words. */
  readonly reason: string;
}

/** What was put right, and what was not. */
export interface RepairOutcome {
  /** The environment's directory. */
  readonly path: string;
  /** Distributions that were installed again. */
  readonly repaired: readonly RepairedDistribution[];
  /** Leftovers of pip, and what was in the way, relative to the environment. */
  readonly discarded: readonly string[];
  /** Files of the environment itself that were written anew. */
  readonly renewed: readonly Pick<VerifyProblem, 'kind' | 'path'>[];
  /** What could not be put right, each with the reason. */
  readonly failed: readonly RepairFailure[];
  /** Files that belong to no distribution; they stay. */
  readonly left: readonly VerifyProblem[];
  /** What nothing told and what was taken instead; what was in the way and where it is kept. */
  readonly notes: readonly string[];
  /** The generation that puts the environment itself right; no rollback leads to it by itself if `change` made another. */
  readonly restoredIn: number | undefined;
  /** undefined: nothing was done to the packages, or it was a dry run. */
  readonly change: ChangeResult | undefined;
}
