// The layout `shared`: the next generation leads into one that all environments with the same set of packages share.
import { ownLayout, plannedGeneration, readAdopted } from '../generation/own-layout.ts';
import type { ChangeContext } from '../model/change-context.ts';
import type { EnvironmentLayout } from '../plan/environment-layout.ts';
import { planShared, restoreShared } from './change-shared.ts';

/** The steps of a change of an environment that shares its packages. */
export function sharedLayout(context: ChangeContext): EnvironmentLayout {
  return {
    ...ownLayout(context),
    async read() {
      const state = readAdopted(context);
      return (await restoreShared(state, context)) ? readAdopted(context) : state;
    },
    async plan(state, change) {
      const { plan, stage, release } = await planShared(state, change, context);
      return plannedGeneration(context, state, plan, { stage, release });
    },
  };
}
