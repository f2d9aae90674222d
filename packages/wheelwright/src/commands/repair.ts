// `repair`: what `verify` finds is put right. First the environment itself, from what is left of it; then its packages,
// as one transaction, whose wheels are looked for without a lock. What nobody knows whose it is stays where it is.
import { isCodedError } from '@wheelwright/errors';
import {
  type ChangeResult,
  changeEnvironment,
  type InstalledState,
  needsRecovery,
  planRepair,
  type RepairPlan,
  type RepairTarget,
  recoverEnvironment,
  type VerifyProblem,
  verifyEnvironment,
  type WheelTree,
} from '@wheelwright/installer';
import type { Environment } from '@wheelwright/python';
import { waitOptions } from '../environment/change-defaults.ts';
import { undoGuests } from '../environment/foreign-writes.ts';
import { settle, warnOfOwner } from '../environment/place.ts';
import { withCall } from '../tool/call.ts';
import { tellCommitted } from '../tool/events.ts';
import { mapConcurrently } from '../tool/map-concurrently.ts';
import type { Tool } from '../tool/tool.ts';
import { WheelwrightError } from '../tool/wheelwright-error.ts';
import { findWheelAgain } from '../wheels/find-original-wheel.ts';
import { toWheelTree } from '../wheels/wheel-trees.ts';
import { type Restored, restore } from './repair-environment.ts';
import type { RepairedDistribution, RepairFailure, RepairOptions, RepairOutcome } from './repair-outcome.ts';

/** Puts right what can be. On throw the environment is as it was, unless the error's `data.committed` is true. */
export async function repair(tool: Tool, options: RepairOptions = {}): Promise<RepairOutcome> {
  return withCall(tool, options, (called) => repairWith(called, options));
}

async function repairWith(tool: Tool, options: RepairOptions): Promise<RepairOutcome> {
  const dir = tool.environmentDir(options.environment);
  const restored = await restore(tool, dir, options);
  const environment = readRestored(tool, options.environment, restored);
  const before = { path: dir, repaired: [], discarded: [], left: [], change: undefined, ...restored };
  if (environment === undefined) {
    const later = options.dryRun === true ? ['what of its packages is damaged can be told only afterwards'] : [];
    return { ...before, notes: [...restored.notes, ...later] };
  }
  const notes = [...restored.notes, ...(await finish(tool, environment, options))];
  const packages = await repairPackages(tool, environment, { ...options, completes: restored.restoredIn }, notes);
  return {
    ...packages,
    restoredIn: restored.restoredIn,
    path: dir,
    renewed: [...restored.renewed, ...packages.renewed],
    failed: [...restored.failed, ...packages.failed],
    notes,
  };
}

/** undefined: still too damaged to be read, which `restored` tells. */
function readRestored(tool: Tool, explicit: string | undefined, restored: Restored): Environment | undefined {
  try {
    return tool.environment(explicit);
  } catch (error) {
    if (isCodedError(error, 'ENVIRONMENT_DAMAGED') && restored.renewed.length + restored.failed.length > 0)
      return undefined;
    throw error;
  }
}

/** What a dead process left undone is damage too. */
async function finish(tool: Tool, environment: Environment, { dryRun }: RepairOptions): Promise<string[]> {
  if (dryRun !== true) warnOfOwner(tool, environment);
  await settle(tool, environment);
  if (dryRun !== true) await undoGuests(tool, environment);
  const { dir } = environment;
  if (!needsRecovery(dir)) return [];
  if (dryRun === true) return [`a change of ${dir} that a process left unfinished is finished or undone first`];
  const { lockTimeoutMs, signal } = waitOptions(tool, dir);
  await recoverEnvironment(dir, { lockTimeoutMs, signal, command: 'ww repair' });
  return [`finished or undid a change of ${dir} that a process had left unfinished`];
}

type PackagesOutcome = Omit<RepairOutcome, 'path' | 'notes' | 'restoredIn'>;

interface PackagesOptions extends RepairOptions {
  /** The generation in which the environment itself was put right just now. */
  readonly completes: number | undefined;
}

async function repairPackages(
  tool: Tool,
  environment: Environment,
  options: PackagesOptions,
  notes: string[],
): Promise<PackagesOutcome> {
  const plan = planRepair(environment.dir);
  const { add, repaired, failed } = await findWheels(tool, environment, plan, notes);
  const { discard: discarded, renew: renewed, left } = plan;
  const outcome = { repaired, discarded, renewed, failed, left, change: undefined };
  // All of what is shared is made again, or nothing.
  if (plan.whole && failed.length > 0) return { ...outcome, repaired: [], discarded: [], renewed: [] };
  if (options.dryRun === true || add.length + discarded.length + renewed.length === 0) return outcome;
  const change = await apply(tool, environment, plan, add, options);
  const { problems } = verifyEnvironment(environment.dir);
  const isOwned = ({ kind }: VerifyProblem) => kind !== 'unowned';
  return {
    ...outcome,
    failed: [...failed, ...stillWrong(problems.filter(isOwned), failed)],
    left: problems.filter((problem) => !isOwned(problem)),
    change,
  };
}

async function findWheels(tool: Tool, environment: Environment, plan: RepairPlan, notes: string[]) {
  const add: WheelTree[] = [];
  const repaired: RepairedDistribution[] = [];
  const failed: RepairFailure[] = [];
  if (plan.reinstall.length === 0) return { add, repaired, failed };
  const interpreter = await tool.interpreter(environment.interpreterExecutable);
  const store = await tool.store();
  const found = await mapConcurrently(plan.reinstall, { limit: 8 }, async (target) => ({
    target,
    answer: await findWheelAgain(tool, interpreter, target),
  }));
  for (const { target, answer } of found) {
    const { name, version, requested, directUrl, problems } = target;
    // What others share is known by its hash: another wheel of the same version would be another set.
    if (answer.wheel === undefined || (plan.whole && answer.wheel.sha256 !== target.wheelSha256)) {
      const reason = answer.wheel === undefined ? answer.reason : 'only another wheel of that version was found';
      failed.push({ name, version, reason });
      continue;
    }
    add.push(await toWheelTree(store, answer.wheel, { requested, directUrl }));
    repaired.push({ name, version, foundIn: answer.foundIn, problems });
    if (target.lost === true && !plan.whole)
      notes.push(`the dist-info of ${name} was gone: where it came from, if not from an index, nothing says any more`);
  }
  return { add, repaired, failed };
}

async function apply(
  tool: Tool,
  environment: Environment,
  { reinstall, discard, whole }: RepairPlan,
  add: readonly WheelTree[],
  { command = 'repair', completes }: PackagesOptions,
): Promise<ChangeResult> {
  const started = Date.now();
  const change = await changeEnvironment(
    environment.dir,
    (current) => {
      requireAsLookedAt(current, reinstall);
      // What is shared is made again from the store before anything is planned; the set is the same.
      const wheels = whole ? [] : add;
      // What two claim was settled when they were installed: to put it right again is no new conflict.
      const force = wheels.map(({ name }) => name);
      return { add: wheels, remove: [], force, discard, renew: true, onConflict: 'last-wins' };
    },
    { ...waitOptions(tool, environment.dir), command, completes },
  );
  tellCommitted(tool, environment.dir, change, started);
  return change;
}

/** What was looked at without the lock must be so under it. */
function requireAsLookedAt(current: InstalledState, targets: readonly RepairTarget[]): void {
  const changed = targets.filter(
    ({ name, version, lost }) =>
      lost !== true && !current.distributions.some((owner) => owner.name === name && owner.version === version),
  );
  if (changed.length === 0) return;
  throw new WheelwrightError(
    'WHEELWRIGHT_ENVIRONMENT_CHANGED',
    `${current.environmentDir} changed while ${changed.map(({ name }) => name).join(', ')} was being looked for.`,
    { hint: 'Run the command again.' },
  );
}

/** What is still found although nobody said that it could not be repaired. */
function stillWrong(
  problems: readonly VerifyProblem[],
  told: readonly { readonly name: string }[],
): { name: string; version: string; reason: string }[] {
  const known = new Set(told.map(({ name }) => name));
  return problems
    .filter(({ owners }) => !owners.some((owner) => known.has(owner)))
    .map(({ kind, path, owners }) => ({ name: owners[0] ?? '?', version: '', reason: `${path} is still ${kind}` }));
}
