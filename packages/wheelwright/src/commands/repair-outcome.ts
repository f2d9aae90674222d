// The options and the result of `repair`.
import type { ChangeResult, VerifyProblem } from '@wheelwright/installer';
import type { FoundIn } from '../resolve/find-original-wheel.ts';
import type { CallOptions } from '../tool/call.ts';

/** Which environment to repair, and how. */
export interface RepairOptions extends CallOptions {
  /** Its directory or its interpreter; the active environment if absent. */
  readonly environment?: string | undefined;
  /** Find the wheels and report what would be done; change nothing. */
  readonly dryRun?: boolean | undefined;
  /** The command line. It is recorded in the generation and shown to processes that wait for the lock. */
  readonly command?: string | undefined;
}

/** A distribution that was, or would be, installed again. */
export interface RepairedDistribution {
  /** Normalized (PEP 503). */
  readonly name: string;
  /** The version, which stays the same. */
  readonly version: string;
  /** Where its wheel was found. */
  readonly foundIn: FoundIn;
  /** What was wrong with it. */
  readonly problems: readonly VerifyProblem[];
}

/** What could not be repaired: a distribution or, with an empty version, a file of the environment itself. */
export interface RepairFailure {
  /** The distribution, or the path of the file. */
  readonly name: string;
  /** Empty for a file of the environment itself. */
  readonly version: string;
  /** The reason. */
  readonly reason: string;
}

/** The result of a repair. */
export interface RepairOutcome {
  /** The environment's directory. */
  readonly path: string;
  /** Distributions that were installed again. */
  readonly repaired: readonly RepairedDistribution[];
  /** Removed leftovers of pip and files that were moved aside, relative to the environment. */
  readonly discarded: readonly string[];
  /** Files of the environment itself that were written again. */
  readonly renewed: readonly Pick<VerifyProblem, 'kind' | 'path'>[];
  /** What could not be repaired, each with the reason. */
  readonly failed: readonly RepairFailure[];
  /** Files that belong to no distribution; they stay. */
  readonly left: readonly VerifyProblem[];
  /** Facts that were lost and the values that were assumed; files that were in the way and where they are now. */
  readonly notes: readonly string[];
  /** The generation that restored the environment itself. If `change` made a further one, a roll-back without a number skips it. */
  readonly restoredIn: number | undefined;
  /** The change of the packages; undefined if there was none, or for a dry run. */
  readonly change: ChangeResult | undefined;
}
