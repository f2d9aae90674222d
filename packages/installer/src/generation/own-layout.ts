// The layout `own`: the next generation is built aside, and one pointer is switched to it.
import type { ChangeContext } from '../model/change-context.ts';
import type { EnvironmentChange, InstalledState } from '../model/types.ts';
import type { ChangeSteps, EnvironmentLayout, PlannedChange } from '../plan/environment-layout.ts';
import { wheelsOf } from '../plan/install-plan.ts';
import { planInstall } from '../plan/plan-install.ts';
import { readGenerationState } from '../read/generation-state.ts';
import { findMovedScripts } from '../verify/moved-scripts.ts';
import { verifyGeneration } from '../verify/verify-generation.ts';
import { type CommitOptions, commitGeneration } from './commit-generation.ts';
import { readCompleted } from './complete-split-install.ts';
import { recoverGenerations } from './recover-generations.ts';
import { type GenerationPlan, stageChange } from './stage-change.ts';
import { stageGeneration } from './stage-generation.ts';

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
    plan: async (state, change) => changeByGeneration(context, state, planOwn(state, change)),
  };
}

/** How the next generation is made and committed. */
export interface PlannedGeneration extends GenerationPlan, Pick<PlannedChange, 'changed' | 'summary'> {
  /** As {@link CommitOptions.complete}. */
  readonly complete?: CommitOptions['complete'];
  /** Called when the change is over. */
  readonly release?: (() => void) | undefined;
}

/** The change that makes `planned` the next generation after `state`. */
export function changeByGeneration(
  context: ChangeContext,
  state: InstalledState,
  planned: PlannedGeneration,
): PlannedChange {
  const { changed, summary, complete, release = () => undefined } = planned;
  return {
    changed,
    summary,
    release,
    async stage() {
      const { staged, written } = await stageChange(state, planned, context);
      if (staged === undefined) return { written };
      return { commit: () => commitGeneration(state, summary, staged, { ...context, complete }) };
    },
  };
}

function planOwn(state: InstalledState, change: EnvironmentChange): PlannedGeneration {
  const plan = planInstall(state, change);
  return {
    changed: plan.changed,
    summary: plan.summary,
    added: wheelsOf(plan).map(({ wheel }) => wheel),
    stage: (number, options) => stageGeneration(state, plan, number, options),
  };
}
