// What a comparison of an environment with its RECORDs reports.

/** A path that is not as it should be. */
export interface VerifyProblem {
  /**
   * `missing`: there is no such file. `modified`: its content or its mode differs. `no-record`: a distribution does not
   * say which files it owns. `duplicate`: two distributions have one name. `unowned`: no distribution owns the file.
   * `unfinished`: a dead process left a change.
   */
  readonly kind: 'missing' | 'modified' | 'no-record' | 'duplicate' | 'unowned' | 'unfinished';
  /** Relative to the prefix; absolute outside of it. */
  readonly path: string;
  /** Names of the distributions that claim the path; `wheelwright` for a file of the environment itself. */
  readonly owners: readonly string[];
}

/** What was compared, and what differed. */
export interface VerifyReport {
  /** The current generation; undefined where the environment has none. */
  readonly generation: number | undefined;
  /** How many distributions were compared. */
  readonly distributions: number;
  /** How many files a RECORD names. */
  readonly files: number;
  /** In the order in which they were found; one for each kind and path. */
  readonly problems: readonly VerifyProblem[];
}
