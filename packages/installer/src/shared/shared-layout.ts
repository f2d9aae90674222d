// The layout `shared`: the next generation leads into one that all environments with the same set of packages share.
import { readCompleted } from '../generation/complete-split-install.ts';
import { changeByGeneration } from '../generation/own-layout.ts';
import { recoverGenerations } from '../generation/recover-generations.ts';
import type { ChangeContext } from '../model/change-context.ts';
import type { InstalledState } from '../model/types.ts';
import type { ChangeSteps, EnvironmentLayout } from '../plan/environment-layout.ts';
import { readGeneration, readSharedState } from '../read/generation-state.ts';
import { verifyShared } from '../verify/verify-shared.ts';
import { planShared, restoreShared } from './change-shared.ts';
import { inspectShared } from './shared-generations.ts';

/** The layout of an environment that shares its packages. */
export function sharedLayout(environmentDir: string): EnvironmentLayout {
  const read = () => readSharedState(environmentDir);
  return {
    name: 'shared',
    keepsGenerations: true,
    read,
    verify: () => verifyShared(read()),
    // The scripts belong to the environment itself, and `verify` compares them with their text.
    findMovedScripts: () => [],
    findLostSet,
    change: sharedSteps,
  };
}

function findLostSet({ prefixDir, shared }: InstalledState) {
  if (shared?.dir === undefined || inspectShared(shared.dir) === 'sound') return undefined;
  return readGeneration(prefixDir)?.distributions ?? [];
}

function sharedSteps(context: ChangeContext): ChangeSteps {
  const { environmentDir } = context;
  return {
    recover: () => void recoverGenerations(environmentDir, context.fs),
    async read() {
      const state = readSharedState(environmentDir);
      // Nothing is added to what other environments share.
      if (state.shared?.dir === undefined) return readCompleted(() => readSharedState(environmentDir), context);
      return (await restoreShared(state, context)) ? readSharedState(environmentDir) : state;
    },
    async plan(state, change) {
      return changeByGeneration(context, state, await planShared(state, change, context));
    },
  };
}
