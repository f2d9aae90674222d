// A plan as tests look at it: by the collections that its operations make up.
import type { EnvironmentChange, InstalledState } from '../../src/model/types.ts';
import { keptOf, wheelsOf } from '../../src/plan/install-plan.ts';
import { planInstall } from '../../src/plan/plan-install.ts';

export function viewPlan(state: InstalledState, change: EnvironmentChange) {
  const plan = planInstall(state, change);
  const kept = keptOf(plan);
  return {
    ...plan.summary,
    changed: plan.changed,
    kinds: plan.operations.map((one) => one.kind),
    wheels: wheelsOf(plan),
    kept: kept.map(({ owner }) => owner),
    overridden: new Map(kept.flatMap((one) => (one.overridden.length === 0 ? [] : [[one.owner.name, one.overridden]]))),
    drop: plan.leaving.files,
    dropDirectories: plan.leaving.directories,
  };
}
