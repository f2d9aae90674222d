// What a change did, as its caller learns it.
import type { FileConflict, NamedVersion, UnremovableDistribution, VersionChange } from '../model/types.ts';

/** What a change does to distributions, by name. */
export interface ChangeSummary {
  /** Distributions that were not there, and those installed again in the same version. */
  readonly installed: readonly NamedVersion[];
  readonly removed: readonly NamedVersion[];
  /** Distributions that changed their version, up or down. */
  readonly upgraded: readonly VersionChange[];
  /** Distributions that were asked for and were there already, from the same wheel. */
  readonly unchanged: readonly NamedVersion[];
  /** Distributions that were not wanted and stay, because no RECORD says which files are theirs. */
  readonly unremovable: readonly UnremovableDistribution[];
  /** Paths that two distributions claim, and that the policy gave to one of them. */
  readonly conflicts: readonly FileConflict[];
}

/** What a change did. */
export interface ChangeResult extends ChangeSummary {
  /** The current generation afterwards; undefined where the environment has none. */
  readonly generation: number | undefined;
  /** False: there was nothing to do, and nothing was touched. */
  readonly committed: boolean;
  /** Numbers of the superseded generations that were removed. */
  readonly retired: readonly number[];
}

/** The result of a change that `summary` describes. */
export function resultOf(
  summary: ChangeSummary,
  generation: number | undefined,
  committed: boolean,
  retired: readonly number[],
): ChangeResult {
  const { installed, removed, upgraded, unchanged, unremovable, conflicts } = summary;
  return { generation, committed, installed, removed, upgraded, unchanged, unremovable, conflicts, retired };
}
