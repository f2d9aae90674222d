// What a change did, as its caller learns it.
import type { FileConflict, NamedVersion, UnremovableDistribution, VersionChange } from '../model/types.ts';
import type { InstallPlan } from './install-plan.ts';

/** What a change did. */
export interface ChangeResult {
  /** The current generation afterwards; undefined where the environment has none. */
  readonly generation: number | undefined;
  /** False: there was nothing to do and nothing was touched. */
  readonly committed: boolean;
  readonly installed: readonly NamedVersion[];
  readonly removed: readonly NamedVersion[];
  readonly upgraded: readonly VersionChange[];
  readonly unchanged: readonly NamedVersion[];
  /** Not wanted, and left because their files are unknown. */
  readonly unremovable: readonly UnremovableDistribution[];
  /** Paths that two distributions claim and the policy gave to one. */
  readonly conflicts: readonly FileConflict[];
  /** Generations that nobody needs any more and that were removed. */
  readonly retired: readonly number[];
}

/** What to tell about a plan that was carried out, or needed not be. */
export function resultOf(
  plan: InstallPlan,
  generation: number | undefined,
  committed: boolean,
  retired: readonly number[],
): ChangeResult {
  const { installed, removed, upgraded, unchanged, unremovable, conflicts } = plan;
  return { generation, committed, installed, removed, upgraded, unchanged, unremovable, conflicts, retired };
}
