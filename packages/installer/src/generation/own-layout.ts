// The layout `own`: the next generation is built aside, and one pointer is switched to it.
import type { ChangeContext } from '../model/change-context.ts';
import type { InstalledState } from '../model/types.ts';
import type { ChangeSteps, EnvironmentLayout, PlannedChange } from '../plan/environment-layout.ts';
import type { InstallPlan } from '../plan/install-plan.ts';
import { planInstall } from '../plan/plan-install.ts';
import { readGenerationState } from '../read/generation-state.ts';
import { findMovedScripts } from '../verify/moved-scripts.ts';
import { verifyGeneration } from '../verify/verify-generation.ts';
import { type CommitOptions, commitGeneration } from './commit-generation.ts';
import { readCompleted } from './complete-split-install.ts';
import { recoverGenerations } from './recover-generations.ts';
import { stageChange } from './stage-change.ts';
import type { stageGeneration } from './stage-generation.ts';

/** The layout of an environment that holds its packages itself. */
export function ownLayout(environmentDir: string): EnvironmentLayout {
  const read = () => readGenerationState(environmentDir);
  return {
    name: 'own',
    keepsGenerations: true,
    read,
    verify: () => verifyGeneration(read()),
    findMovedScripts,
    findLostSet: () => undefined,
    change: ownSteps,
  };
}

function ownSteps(context: ChangeContext): ChangeSteps {
  return {
    recover: () => void recoverGenerations(context.environmentDir, context.fs),
    read: async () => readCompleted(() => readGenerationState(context.environmentDir), context),
    plan: async (state, change) => plannedGeneration(context, state, planInstall(state, change)),
  };
}

/** Where a layout differs from `own` in making a generation. */
export interface GenerationSource {
  /** How the generation is made; undefined: by `stageGeneration`. */
  readonly stage?: typeof stageGeneration | undefined;
  /** As {@link CommitOptions.complete}. */
  readonly complete?: CommitOptions['complete'];
  /** Called when the change is over. */
  readonly release?: (() => void) | undefined;
}

/** The change that makes `plan` the next generation. */
export function plannedGeneration(
  context: ChangeContext,
  state: InstalledState,
  plan: InstallPlan,
  { stage, complete, release = () => undefined }: GenerationSource = {},
): PlannedChange {
  return {
    plan,
    release,
    async stage() {
      const { staged, written } = await stageChange(state, plan, { ...context, stage });
      if (staged === undefined) return { written };
      return { commit: () => commitGeneration(state, plan, staged, { ...context, complete }) };
    },
  };
}
