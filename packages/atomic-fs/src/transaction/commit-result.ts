// What a commit is given and what it gives back.
import type { Kept } from './keep-aside.ts';

/** What can end a commit before its decision. */
export interface CommitOptions {
  /** Looked at until the decision; afterwards the commit is not to be stopped. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Called when everything is staged, identified and synced, right before the commit: a throw rolls back. Writes of other
   * programs after this call are reported in {@link CommitResult}.
   */
  readonly lastLook?: (() => void) | undefined;
}

/** What other programs did to the targets of a decided change before their turn. */
export interface CommitResult {
  /**
   * Content that another program put at a target, or into a replaced directory, between the commit and its turn, and
   * where it is kept.
   */
  readonly displaced: readonly Kept[];
  /** Paths to remove that another program changed in that time: they were left. */
  readonly left: readonly string[];
  /** Entries that another program removed from a replaced directory in that time. */
  readonly takenOut: readonly string[];
}
