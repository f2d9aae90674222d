// `repair`: restores what `verify` finds damaged. First it restores the environment itself from what is left of it, then
// its packages in one transaction, whose wheels it finds without a lock. Files that belong to no distribution stay.
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
import { findWheelAgain } from '../resolve/find-original-wheel.ts';
import { withCall } from '../tool/call.ts';
import { tellCommitted } from '../tool/events.ts';
import { mapConcurrently } from '../tool/map-concurrently.ts';
import type { Tool } from '../tool/tool.ts';
import { WheelwrightError } from '../tool/wheelwright-error.ts';
import { toWheelTree } from '../wheels/wheel-trees.ts';
import { type Restored, restore } from './repair-environment.ts';
import type { RepairedDistribution, RepairFailure, RepairOptions, RepairOutcome } from './repair-outcome.ts';

/** Repairs an environment as far as possible. On a throw it is unchanged unless the error's `data.committed` is true. */
export async function repair(tool: Tool, options: RepairOptions = {}): Promise<RepairOutcome> {
  return withCall(tool, options, (called) => repairWith(called, options));
}

async function repairWith(tool: Tool, options: RepairOptions): Promise<RepairOutcome> {
  const dir = tool.environmentDir(options.environment);
  const restored = await restore(tool, dir, options);
  const environment = readRestored(tool, options.environment, restored);
  const before = { path: dir, repaired: [], discarded: [], left: [], change: undefined, ...restored };
  if (environment === undefined) {
    const later = options.dryRun === true ? ['the state of its packages can be read only after that'] : [];
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

/** Undefined if the environment is still too damaged to be read; `restored` then says so. */
function readRestored(tool: Tool, explicit: string | undefined, restored: Restored): Environment | undefined {
  try {
    return tool.environment(explicit);
  } catch (error) {
    if (isCodedError(error, 'ENVIRONMENT_DAMAGED') && restored.renewed.length + restored.failed.length > 0)
      return undefined;
    throw error;
  }
}

/** Finishes or undoes what a dead process left; that is damage too. */
async function finish(tool: Tool, environment: Environment, { dryRun }: RepairOptions): Promise<string[]> {
  if (dryRun !== true) warnOfOwner(tool, environment);
  await settle(tool, environment);
  if (dryRun !== true) await undoGuests(tool, environment);
  const { dir } = environment;
  if (!needsRecovery(dir)) return [];
  if (dryRun === true)
    return [`the change of ${dir} that a dead process left unfinished would be finished or undone first`];
  const { lockTimeoutMs, signal } = waitOptions(tool, dir);
  await recoverEnvironment(dir, { lockTimeoutMs, signal, command: 'ww repair' });
  return [`finished or undid a change of ${dir} that a dead process had left unfinished`];
}

type PackagesOutcome = Omit<RepairOutcome, 'path' | 'notes' | 'restoredIn'>;

interface PackagesOptions extends RepairOptions {
  /** The generation that this repair made to restore the environment itself. */
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
  // The whole shared generation is made again, or nothing.
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
    // A shared generation is named by the hashes of its wheels: another wheel of the same version would be another set.
    if (answer.wheel === undefined || (plan.whole && answer.wheel.sha256 !== target.wheelSha256)) {
      const reason = answer.wheel === undefined ? answer.reason : 'only a different wheel of that version was found';
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
      // The shared generation is made again from the store before the change is planned. The set stays the same.
      const wheels = whole ? [] : add;
      // A conflict was decided when the distributions were installed. Restoring it is not a new conflict.
      const force = wheels.map(({ name }) => name);
      return { add: wheels, remove: [], force, discard, renew: true, onConflict: 'last-wins' };
    },
    { ...waitOptions(tool, environment.dir), command, completes },
  );
  tellCommitted(tool, environment.dir, change, started);
  return change;
}

/** Checks, under the lock, that the environment is as it was when the wheels were looked for. */
function requireAsLookedAt(current: InstalledState, targets: readonly RepairTarget[]): void {
  const changed = targets.filter(
    ({ name, version, lost }) =>
      lost !== true && !current.distributions.some((owner) => owner.name === name && owner.version === version),
  );
  if (changed.length === 0) return;
  throw new WheelwrightError(
    'WHEELWRIGHT_ENVIRONMENT_CHANGED',
    `${current.environmentDir} changed while this command looked for wheels: ${changed.map(({ name }) => name).join(', ')} is no longer as it was.`,
    { hint: 'Run the command again.' },
  );
}

/** Faults that remain although they were not reported as beyond repair. */
function stillWrong(
  problems: readonly VerifyProblem[],
  told: readonly { readonly name: string }[],
): { name: string; version: string; reason: string }[] {
  const known = new Set(told.map(({ name }) => name));
  return problems
    .filter(({ owners }) => !owners.some((owner) => known.has(owner)))
    .map(({ kind, path, owners }) => ({ name: owners[0] ?? '?', version: '', reason: `${path} is still ${kind}` }));
}
