// Turns an environment of the layout `shared` into one of the layout `own`: its next generation has hard links to the files
// that it led into, or copies where those are on another file system. It is committed like any other.
import { nodeFs } from '@wheelwright/atomic-fs';
import { ignoreFailure } from '@wheelwright/errors';
import { readEnvironment } from '@wheelwright/python';
import { layoutOf } from '../environment/layout-of.ts';
import { commitGeneration } from '../generation/commit-generation.ts';
import { recoverGenerations } from '../generation/recover-generations.ts';
import { emptyTrash } from '../generation/retire.ts';
import { stageChange } from '../generation/stage-change.ts';
import type { StageOptions } from '../generation/stage-generation.ts';
import { contextOf } from '../model/change-context.ts';
import type { ChangeOptions } from '../model/change-options.ts';
import type { EnvironmentChange, InstalledState } from '../model/types.ts';
import { type ChangeResult, resultOf } from '../plan/change-result.ts';
import { planInstall } from '../plan/plan-install.ts';
import { lockEnvironment } from '../recover/lock-environment.ts';
import { refuseChanged } from '../recover/report-written.ts';
import { stageOwn } from '../shared/stage-own.ts';

/**
 * Makes the environment at the absolute path `environmentDir` hold its packages itself. `committed` is false where it does
 * so already. The packages stay the same. After a crash the environment still shares them, or holds them itself. Throws
 * INSTALL_SHARED_LOST where the shared packages are damaged and cannot be made again, and what `changeEnvironment` throws.
 */
export async function exportEnvironment(environmentDir: string, options: ChangeOptions = {}): Promise<ChangeResult> {
  const { fs = nodeFs, command = 'export' } = options;
  readEnvironment(environmentDir);
  const lock = await lockEnvironment(environmentDir, { ...options, command });
  try {
    recoverGenerations(environmentDir, fs);
    const layout = layoutOf(environmentDir);
    if (layout.name !== 'shared') return nothingDone(layout.read());
    const context = contextOf(environmentDir, { ...options, command, check: undefined, completes: undefined }, lock);
    const state = await layout.change(context).read();
    const plan = planInstall(state, nothing);
    const stage = (number: number, stageOptions: StageOptions) => stageOwn(state, number, stageOptions);
    const { staged, written } = await stageChange(state, { added: [], stage }, context);
    if (staged === undefined) refuseChanged(environmentDir, written);
    return commitGeneration(state, plan.summary, staged, context);
  } finally {
    lock.release();
    ignoreFailure(() => emptyTrash(environmentDir, fs));
  }
}

const nothing: EnvironmentChange = { add: [], remove: [] };

function nothingDone(state: InstalledState): ChangeResult {
  return resultOf(planInstall(state, nothing).summary, state.generation, false, []);
}
