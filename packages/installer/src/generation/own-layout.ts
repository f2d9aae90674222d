// The layout `own`: the next generation is built aside and one pointer is switched to it.
import type { ChangeContext } from '../model/change-context.ts';
import type { InstalledState } from '../model/types.ts';
import type { EnvironmentLayout, PlannedChange } from '../plan/environment-layout.ts';
import type { InstallPlan } from '../plan/install-plan.ts';
import { planInstall } from '../plan/plan-install.ts';
import { readInstalledState } from '../read/installed-state.ts';
import { adoptWritten } from './adopt-written.ts';
import { commitGeneration } from './commit-generation.ts';
import { recoverGenerations } from './recover-generations.ts';
import { stageChange } from './stage-change.ts';
import type { stageGeneration } from './stage-generation.ts';

/** The steps of a change of an environment that holds its packages itself. */
export function ownLayout(context: ChangeContext): EnvironmentLayout {
  return {
    recover: () => void recoverGenerations(context.environmentDir, context.fs),
    read: async () => readAdopted(context),
    plan: async (state, change) => plannedGeneration(context, state, planInstall(state, change)),
  };
}

/** What the environment holds, with the files that another program wrote across a switch taken over. */
export function readAdopted({ environmentDir, fs, linkMode }: ChangeContext): InstalledState {
  const state = readInstalledState(environmentDir);
  return adoptWritten(state, { fs, linkMode }).length === 0 ? state : readInstalledState(environmentDir);
}

/** How a generation is made other than by `stageGeneration`, and what is given up when the change is over. */
export interface GenerationSource {
  readonly stage?: typeof stageGeneration | undefined;
  readonly release?: (() => void) | undefined;
}

/** The change that makes `plan` the next generation. */
export function plannedGeneration(
  context: ChangeContext,
  state: InstalledState,
  plan: InstallPlan,
  { stage, release = () => undefined }: GenerationSource = {},
): PlannedChange {
  return {
    plan,
    release,
    async stage() {
      const { staged, written } = await stageChange(state, plan, { ...context, stage });
      return staged === undefined ? { written } : { commit: () => commitGeneration(state, plan, staged, context) };
    },
  };
}
