// Changes an environment as one transaction: it reads as the old or as the new one at every moment. This file is the
// protocol of docs/protocols/install.md in the same numbers; plan/environment-layout.ts says what a crash in a step leaves.
import { nodeFs } from '@wheelwright/atomic-fs';
import { ignoreFailure, redactUrls } from '@wheelwright/errors';
import { readEnvironment } from '@wheelwright/python';
import { layoutOf } from './environment/layout-of.ts';
import { emptyTrash } from './generation/retire.ts';
import { contextOf } from './model/change-context.ts';
import type { ChangeOptions, WantedChange } from './model/change-options.ts';
import { type ChangeResult, resultOf } from './plan/change-result.ts';
import { type ChangeSteps, isWritten, type PlannedChange } from './plan/environment-layout.ts';
import { ensureTarget } from './read/prefix.ts';
import { lockEnvironment } from './recover/lock-environment.ts';
import { refuseChanged } from './recover/report-written.ts';

/** How many attempts are made when another program writes meanwhile. */
const attempts = 3;

/**
 * Brings the environment at the absolute path `environmentDir` to what `change` asks for: all of it, or nothing.
 *
 * On throw the environment is as it was, unless `data.committed` is true. After a crash it is as it was or as asked for,
 * with no recovery run (in place: after one), and the next change removes what was left.
 * Throws what `planInstall`, `acquireLock` and `readEnvironment` throw, INSTALL_CHECK_FAILED, INSTALL_ABORTED,
 * INSTALL_ENVIRONMENT_CHANGED, INSTALL_NOT_DURABLE, and the errors of the operating system.
 */
export async function changeEnvironment(
  environmentDir: string,
  change: WantedChange,
  options: ChangeOptions = {},
): Promise<ChangeResult> {
  const { fs = nodeFs } = options;
  if (options.target !== undefined) ensureTarget(environmentDir, fs);
  else readEnvironment(environmentDir); // throws before a lock file is made where there is no environment
  // 1. The lock is taken; 2. the transaction that a dead process left is finished or undone.
  const command = redactUrls(options.command ?? 'change');
  const lock = await lockEnvironment(environmentDir, { ...options, command });
  try {
    const steps = layoutOf(environmentDir, options).change(contextOf(environmentDir, options, lock));
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await tryChange(steps, change);
      if (!isWritten(outcome)) return outcome;
      if (attempt === attempts) refuseChanged(environmentDir, outcome.written);
    }
  } finally {
    lock.release();
    // 8. The trash is emptied.                         crash here: the rest of it, removed by the next change.
    ignoreFailure(() => emptyTrash(environmentDir, fs));
  }
}

/** One attempt: steps 2 to 7. */
async function tryChange(steps: ChangeSteps, change: WantedChange) {
  steps.recover();
  const state = await steps.read();
  const wanted = typeof change === 'function' ? await change(state) : change;
  const planned = await steps.plan(state, wanted);
  if (isWritten(planned)) return planned;
  try {
    if (!planned.changed) return resultOf(planned.summary, state.generation, false, []);
    return await carryOut(planned);
  } finally {
    planned.release();
  }
}

async function carryOut(planned: PlannedChange) {
  const staged = await planned.stage();
  return isWritten(staged) ? staged : staged.commit();
}
