/** Something that is not as it should be. `path` is relative to the prefix; absolute where it lies outside of it. */
export interface VerifyProblem {
  readonly kind: 'missing' | 'modified' | 'no-record' | 'duplicate' | 'unowned' | 'unfinished';
  readonly path: string;
  readonly owners: readonly string[];
}

/** What was looked at and what was found. */
export interface VerifyReport {
  readonly generation: number | undefined;
  readonly distributions: number;
  readonly files: number;
  readonly problems: readonly VerifyProblem[];
}
