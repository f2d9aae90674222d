// An environment changed as one transaction: old before, new after, whatever happens in between. This file is the
// protocol of docs/protocols/install.md in the same numbers; each step says what a crash there leaves.
import { type Fs, type LinkMode, nodeFs } from '@wheelwright/atomic-fs';
import { ignoreFailure, redactUrls } from '@wheelwright/errors';
import { readEnvironment } from '@wheelwright/python';
import { adoptWritten } from './generation/adopt-written.ts';
import { commitGeneration } from './generation/commit-generation.ts';
import { alwaysKept, emptyTrash } from './generation/retire.ts';
import { stageChange } from './generation/stage-change.ts';
import { changePrefix } from './in-place/change-prefix.ts';
import type { ChangeOptions, WantedChange } from './model/change-options.ts';
import type { EnvironmentChange, InstalledState } from './model/types.ts';
import { type ChangeResult, resultOf } from './plan/change-result.ts';
import { planInstall } from './plan/plan-install.ts';
import { readInstalledState } from './read/installed-state.ts';
import { ensureTarget, hasGenerations } from './read/prefix.ts';
import { lockEnvironment } from './recover/lock-environment.ts';
import { recoverLocked } from './recover/recover.ts';
import { refuseChanged } from './recover/report-written.ts';
import { planShared, restoreShared, type SharedPlan, type ShareOptions } from './shared/change-shared.ts';

/** How often a plan is made again because somebody else wrote meanwhile. */
const attempts = 3;

/**
 * Brings the environment at the absolute path `environmentDir` to what `change` asks for: all of it, or nothing.
 *
 * A function as `change` must not wait for the network. On throw the environment is as it was, unless `data.committed`
 * is true. After a crash it is as it was or as asked for, with no recovery run; the next change removes what was left.
 * Throws what `planInstall`, `acquireLock` and `readEnvironment` throw, INSTALL_CHECK_FAILED, INSTALL_ABORTED,
 * INSTALL_ENVIRONMENT_CHANGED, INSTALL_NOT_DURABLE, and the errors of the operating system.
 */
export async function changeEnvironment(
  environmentDir: string,
  change: WantedChange,
  options: ChangeOptions = {},
): Promise<ChangeResult> {
  const { fs = nodeFs } = options;
  // It is shown to whoever waits, and kept: no place for the password in a URL.
  const command = redactUrls(options.command ?? 'change');
  if (options.target !== undefined) ensureTarget(environmentDir, fs);
  else readEnvironment(environmentDir); // a lock file is not to be made where there is no environment
  // 1, 2. The lock, and what a dead writer left.       crash here: the same again, to be recovered by the next.
  const lock = await lockEnvironment(environmentDir, { ...options, command });
  try {
    if (!hasGenerations(environmentDir)) return await changePrefix(environmentDir, change, options, lock);
    return await changeLocked(environmentDir, change, { ...options, command }, lock.fd);
  } finally {
    lock.release();
    // 8. The trash is emptied.                         crash here: the rest of it, removed by the next change.
    ignoreFailure(() => emptyTrash(environmentDir, fs));
  }
}

async function changeLocked(
  environmentDir: string,
  change: WantedChange,
  options: ChangeOptions,
  lockFd: number,
): Promise<ChangeResult> {
  const { command = 'change', fs = nodeFs, linkMode = 'auto', durability = 'full', check, signal } = options;
  const { completes, keepGenerations = alwaysKept, now = () => new Date() } = options;
  const sharing: ShareOptions = { ...options, sharing: options.sharing, fs, linkMode, signal };
  for (let attempt = 1; ; attempt += 1) {
    recoverLocked(environmentDir, fs);
    // 3. What is there is read, also what pip or uv wrote, and the plan made from it.          crash here: nothing.
    const state = await readSound(environmentDir, sharing);
    const wanted = typeof change === 'function' ? await change(state) : change;
    const { plan, stage, release } = await planChange(state, wanted, sharing);
    try {
      if (!plan.changed) return resultOf(plan, state.generation!, false, []);
      // 4. The next generation is built aside, synced and checked.  crash here: an orphan, removed by recovery.
      const { staged, written } = await stageChange(state, plan, {
        command,
        completes,
        fs,
        linkMode,
        durability,
        check,
        lockFd,
        signal,
        now,
        stage,
      });
      // 5–7. The commit, the mark, and what nobody needs any more.
      if (staged !== undefined) return commitGeneration(state, plan, staged, { fs, durability, keepGenerations, now });
      if (attempt === attempts) refuseChanged(environmentDir, written);
    } finally {
      release();
    }
  }
}

async function planChange(
  state: InstalledState,
  change: EnvironmentChange,
  sharing: ShareOptions,
): Promise<SharedPlan> {
  if (state.shared !== undefined) return planShared(state, change, sharing);
  return { plan: planInstall(state, change), stage: undefined, release: () => undefined };
}

async function readSound(environmentDir: string, sharing: ShareOptions): Promise<InstalledState> {
  const state = readAdopted(environmentDir, sharing.fs, sharing.linkMode);
  return (await restoreShared(state, sharing)) ? readAdopted(environmentDir, sharing.fs, sharing.linkMode) : state;
}

function readAdopted(environmentDir: string, fs: Fs, linkMode: LinkMode): InstalledState {
  const state = readInstalledState(environmentDir);
  const adopted = adoptWritten(state, { fs, linkMode });
  return adopted.length === 0 ? state : readInstalledState(environmentDir);
}
