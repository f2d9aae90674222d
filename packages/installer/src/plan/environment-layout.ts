// How an environment of one layout is changed, as a value: own generations, generations that lead into shared ones, or
// a prefix that is changed in place. `change-environment.ts` runs the steps; each layout makes them in its own folder.
import type { EnvironmentChange, InstalledState } from '../model/types.ts';
import type { ChangeResult } from './change-result.ts';
import type { InstallPlan } from './install-plan.ts';

/** Another program wrote to these paths. Nothing was changed and nothing of ours is left: the change is planned again. */
export interface WrittenMeanwhile {
  readonly written: readonly string[];
}

/** The steps of a change, under the lock of the environment; numbers as in docs/protocols/install.md and foreign.md. */
export interface EnvironmentLayout {
  /** 2. Finishes or undoes what a dead writer left. Crash here: the same again, by the next recovery. */
  recover(): void;
  /** 3. Reads what is there, also what pip or uv wrote. Crash here: nothing was changed. */
  read(): Promise<InstalledState>;
  /** 3. Plans `change`. Throws what `planInstall` throws. */
  plan(state: InstalledState, change: EnvironmentChange): Promise<PlannedChange | WrittenMeanwhile>;
}

/** A plan that can be carried out. */
export interface PlannedChange {
  readonly plan: InstallPlan;
  /** 4. Stages the content aside, syncs and checks it. Crash here: litter, removed by the next recovery. */
  stage(): Promise<StagedChange | WrittenMeanwhile>;
  /** Gives up what was held for the plan. */
  release(): void;
}

/** Content that is ready to take effect. */
export interface StagedChange {
  /** 5–7. The commit, and what follows it. On throw nothing was changed, unless `data.committed` is true. */
  commit(): ChangeResult | WrittenMeanwhile;
}

/** Whether a step ended because another program wrote. */
export function isWritten(outcome: object): outcome is WrittenMeanwhile {
  return 'written' in outcome;
}
