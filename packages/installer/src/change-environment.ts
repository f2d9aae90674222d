// An environment changed as one transaction: old before, new after, whatever happens in between. This file is the
// protocol of docs/protocols/install.md in the same numbers; each step says what a crash there leaves.
import { setImmediate } from 'node:timers/promises';
import { type Durability, type Fs, type LinkMode, nodeFs, removeTree, switchPointer } from '@wheelwright/atomic-fs';
import { acquireLock, type LockHolder } from '@wheelwright/fslock';
import { environmentPaths, generationTarget, readEnvironment } from '@wheelwright/python';
import { changedSince } from './fingerprint.ts';
import { currentGeneration, nextNumber, readGenerations, writeMark } from './generations.ts';
import { InstallError } from './install-error.ts';
import { readInstalledState } from './installed-state.ts';
import { type InstallPlan, planInstall } from './plan-install.ts';
import { quietly } from './quietly.ts';
import { recoverLocked } from './recover.ts';
import { alwaysKept, emptyTrash, retire } from './retire.ts';
import { type StagedGeneration, stageGeneration } from './stage-generation.ts';
import { sweepTopLinks } from './top-links.ts';
import type { EnvironmentChange, FileConflict, InstalledState, NamedVersion, VersionChange } from './types.ts';

/** What a change did. */
export interface ChangeResult {
  /** The current generation afterwards. */
  readonly generation: number;
  /** False: there was nothing to do and nothing was touched. */
  readonly committed: boolean;
  readonly installed: readonly NamedVersion[];
  readonly removed: readonly NamedVersion[];
  readonly upgraded: readonly VersionChange[];
  readonly unchanged: readonly NamedVersion[];
  /** Paths that two distributions claim and the policy gave to one. */
  readonly conflicts: readonly FileConflict[];
  /** Generations that nobody needs any more and that were removed. */
  readonly retired: readonly number[];
}

export interface ChangeOptions {
  /** What this is, for people: `install requests`. Kept with the generation and shown to those who wait. */
  readonly command?: string | undefined;
  readonly lockTimeoutMs?: number | undefined;
  /** Ends the work before the commit; after it the work is finished regardless. */
  readonly signal?: AbortSignal | undefined;
  /** Called once when the lock is somebody else's for more than a second. */
  readonly onWait?: ((holder: LockHolder | undefined) => void) | undefined;
  /** Looks at the staged generation before anyone else sees it; a throw undoes the change. */
  readonly check?: ((staged: StagedEnvironment) => Promise<void>) | undefined;
  readonly linkMode?: LinkMode | undefined;
  readonly durability?: Durability | undefined;
  /** How many generations stay in any case; two at least. */
  readonly keepGenerations?: number | undefined;
  readonly fs?: Fs | undefined;
  readonly now?: (() => Date) | undefined;
}

/** What a check gets to see. */
export interface StagedEnvironment {
  readonly environmentDir: string;
  readonly generation: number;
  /** The prefix that would become current. */
  readonly generationDir: string;
  readonly sitePackagesDir: string;
}

/** How often a plan is made again because somebody else wrote meanwhile. */
const attempts = 3;

/**
 * Brings the environment at the absolute path `environmentDir` to what `change` asks for: all of it, or nothing.
 *
 * A function is given what is there and called under the lock, perhaps more than once; it must not wait for the network.
 * On throw the environment is as it was, unless `data.committed` is true. After a crash it is as it was or as asked for,
 * with no recovery run; the next change removes what was left. Throws what `planInstall`, `acquireLock` and
 * `readEnvironment` throw, INSTALL_CHECK_FAILED, INSTALL_ABORTED, INSTALL_ENVIRONMENT_CHANGED, INSTALL_NOT_DURABLE, and
 * the errors of the operating system.
 */
export async function changeEnvironment(
  environmentDir: string,
  change: EnvironmentChange | ((current: InstalledState) => EnvironmentChange | Promise<EnvironmentChange>),
  options: ChangeOptions = {},
): Promise<ChangeResult> {
  const { command = 'change', lockTimeoutMs, signal, onWait, fs = nodeFs } = options;
  readEnvironment(environmentDir);
  // 1. The lock.                                       crash here: nothing; the lock goes with its process.
  const { lock: lockPath } = environmentPaths(environmentDir);
  const lock = await acquireLock(lockPath, { timeoutMs: lockTimeoutMs, signal, purpose: command, onWait });
  try {
    return await changeLocked(environmentDir, change, options);
  } finally {
    lock.release();
    // 8. The trash is emptied.                         crash here: the rest of it, removed by the next change.
    quietly(() => emptyTrash(environmentDir, fs));
  }
}

async function changeLocked(
  environmentDir: string,
  change: Parameters<typeof changeEnvironment>[1],
  options: ChangeOptions,
): Promise<ChangeResult> {
  for (let attempt = 1; ; attempt += 1) {
    // 2. What a dead writer left is finished or undone. crash here: the same again, to be recovered by the next.
    recoverLocked(environmentDir, options.fs ?? nodeFs);
    // 3. What is there is read, also what pip or uv wrote, and the plan made from it.          crash here: nothing.
    const state = readInstalledState(environmentDir);
    const plan = planInstall(state, typeof change === 'function' ? await change(state) : change);
    if (!plan.changed) return resultOf(plan, state.generation!, false, []);
    // 4. The next generation is built aside and synced. crash here: an orphan, removed by recovery.
    const { staged, written } = await stage(state, plan, options);
    if (staged !== undefined) return commit(state, plan, staged, options);
    if (attempt === attempts) refuseChanged(environmentDir, written);
  }
}

interface Stage {
  /** Undefined: somebody wrote meanwhile, and what was built was undone. */
  readonly staged: StagedGeneration | undefined;
  readonly written: readonly string[];
}

async function stage(state: InstalledState, plan: InstallPlan, options: ChangeOptions): Promise<Stage> {
  const { fs = nodeFs, linkMode = 'auto', durability = 'full', command = 'change', signal } = options;
  const { environmentDir, prefixDir, layout } = state;
  const number = nextNumber(readGenerations(environmentDir));
  const generationDir = `${environmentPaths(environmentDir).root}/${generationTarget(number)}`;
  const pause = () => pauseUnlessAborted(environmentDir, signal);
  try {
    const now = options.now?.() ?? new Date();
    const staged = await stageGeneration(state, plan, number, { fs, linkMode, durability, command, now, pause });
    if (options.check !== undefined) {
      const sitePackagesDir = `${generationDir}/${layout.sitePackages}`;
      await runCheck(options.check, { environmentDir, generation: number, generationDir, sitePackagesDir });
    }
    await pause();
    const written = changedSince(prefixDir, staged.carried, generationDir);
    if (written.length === 0) return { staged, written };
    unstage(environmentDir, generationDir, fs);
    return { staged: undefined, written };
  } catch (error) {
    quietly(() => unstage(environmentDir, generationDir, fs));
    throw error;
  }
}

function unstage(environmentDir: string, generationDir: string, fs: Fs): void {
  removeTree(generationDir, { fs });
  sweepTopLinks(environmentDir, fs);
}

async function pauseUnlessAborted(environmentDir: string, signal: AbortSignal | undefined): Promise<void> {
  // Everything else here is synchronous: without this turn of the loop no signal would ever arrive.
  await setImmediate();
  if (!signal?.aborted) return;
  throw new InstallError('INSTALL_ABORTED', `The change of ${environmentDir} was interrupted.`, {
    hint: 'Nothing was changed.',
    cause: signal.reason,
    data: { environmentDir, committed: false },
  });
}

async function runCheck(check: NonNullable<ChangeOptions['check']>, staged: StagedEnvironment): Promise<void> {
  try {
    await check(staged);
  } catch (cause) {
    const what = cause instanceof Error ? cause.message : String(cause);
    throw new InstallError(
      'INSTALL_CHECK_FAILED',
      `The check of what ${staged.environmentDir} would become failed: ${what}`,
      {
        hint: 'Nothing was changed.',
        cause,
        data: { environmentDir: staged.environmentDir, committed: false },
      },
    );
  }
}

function commit(
  state: InstalledState,
  plan: InstallPlan,
  staged: StagedGeneration,
  { fs = nodeFs, durability = 'full', keepGenerations = alwaysKept, now = () => new Date() }: ChangeOptions,
): ChangeResult {
  const { environmentDir, prefixDir } = state;
  const { number, dir, carried } = staged;
  let notDurable: unknown;
  try {
    // 5. THE COMMIT: `current` names N, and its directory is synced.     crash here: old before, new after.
    switchPointer(environmentPaths(environmentDir).current, generationTarget(number), { durability, fs });
  } catch (error) {
    if (currentGeneration(environmentDir) !== number) {
      quietly(() => unstage(environmentDir, dir, fs));
      throw error;
    }
    notDurable = error;
  }
  // From here on a failure changes nothing about the outcome: recovery finishes what could not be done now.
  let retired: readonly number[] = [];
  const written = changedSince(prefixDir, carried, dir);
  quietly(() => {
    const time = now();
    // 6. N is marked as committed.                     crash here: recovery marks what `current` names.
    writeMark(dir, time, fs);
    // 7. What nobody needs any more is moved to the trash.              crash here: the next change does it.
    const keep = Math.max(alwaysKept, keepGenerations);
    retired = retire(environmentDir, { current: number, keep, nowMs: time.getTime() }, fs);
    sweepTopLinks(environmentDir, fs);
  });
  const result = resultOf(plan, number, true, retired);
  if (written.length > 0) reportWritten(state, result, written);
  if (notDurable !== undefined) reportNotDurable(environmentDir, result, notDurable);
  return result;
}

function resultOf(plan: InstallPlan, generation: number, committed: boolean, retired: readonly number[]): ChangeResult {
  const { installed, removed, upgraded, unchanged, conflicts } = plan;
  return { generation, committed, installed, removed, upgraded, unchanged, conflicts, retired };
}

function refuseChanged(environmentDir: string, written: readonly string[]): never {
  throw new InstallError(
    'INSTALL_ENVIRONMENT_CHANGED',
    `Another program keeps writing into ${environmentDir}: ${some(written)}.`,
    {
      hint: 'Nothing was changed. Wait for it to end, then run the command again.',
      data: { environmentDir, written, committed: false },
    },
  );
}

function reportWritten(state: InstalledState, result: ChangeResult, written: readonly string[]): never {
  const { environmentDir, prefixDir, generation } = state;
  throw new InstallError(
    'INSTALL_ENVIRONMENT_CHANGED',
    `Another program wrote into ${environmentDir} during the change: ${some(written)}.`,
    {
      hint: `The change is done. What was written is in generation ${generation}, which was kept; do it again.`,
      data: { environmentDir, written, prefixDir, committed: true, result },
    },
  );
}

function reportNotDurable(environmentDir: string, result: ChangeResult, cause: unknown): never {
  throw new InstallError('INSTALL_NOT_DURABLE', `${environmentDir} was changed, but the disk did not confirm it.`, {
    hint: 'The change is in place; a power cut may undo it. Check the disk.',
    cause,
    data: { environmentDir, committed: true, result },
  });
}

function some(paths: readonly string[]): string {
  return paths.length <= 3 ? paths.join(', ') : `${paths.slice(0, 3).join(', ')} and ${paths.length - 3} more`;
}
