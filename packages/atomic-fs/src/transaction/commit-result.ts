// What a commit is given and what it gives back.
import type { Kept } from './keep-aside.ts';

/** What can end a commit before its decision. */
export interface CommitOptions {
  /** Looked at until the decision; afterwards the commit is not to be stopped. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Called when all is staged, identified and on the disk, right before the decision: a throw undoes it. What somebody
   * else writes after this look is told by {@link CommitResult}.
   */
  readonly lastLook?: (() => void) | undefined;
}

/** What other programs did to the targets of a decided change before their turn. */
export interface CommitResult {
  /**
   * What somebody put in a target, or wrote into a directory that was replaced, between the decision and its turn, and
   * where it is kept.
   */
  readonly displaced: readonly Kept[];
  /** To be removed, but changed by somebody else in that time: left alone. */
  readonly left: readonly string[];
  /** What somebody took out of a directory that was replaced, in that time. */
  readonly takenOut: readonly string[];
}
