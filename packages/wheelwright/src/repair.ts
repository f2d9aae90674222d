// `repair`: what `verify` finds is put right as one transaction. Wheels are looked for without a lock; what nobody knows
// whose it is stays where it is.
import {
  type ChangeResult,
  changeEnvironment,
  type InstalledState,
  planRepair,
  type RepairPlan,
  type RepairTarget,
  type VerifyProblem,
  verifyEnvironment,
  type WheelTree,
} from '@wheelwright/installer';
import type { Environment } from '@wheelwright/python';

import { type FoundIn, findWheelAgain } from './find-wheel-again.ts';
import { mapConcurrently } from './map-concurrently.ts';
import { settle } from './place.ts';
import type { Tool } from './tool.ts';
import { waitOptions } from './wait-options.ts';
import { toWheelTree } from './wheel-trees.ts';
import { WheelwrightError } from './wheelwright-error.ts';

export interface RepairOptions {
  readonly environment?: string | undefined;
  /** Look for the wheels and say what would be done; change nothing. */
  readonly dryRun?: boolean | undefined;
  readonly command?: string | undefined;
}

/** A distribution that was, or would be, installed again. */
export interface RepairedDistribution {
  readonly name: string;
  readonly version: string;
  readonly foundIn: FoundIn;
  readonly problems: readonly VerifyProblem[];
}

export interface RepairOutcome {
  readonly environment: Environment;
  readonly repaired: readonly RepairedDistribution[];
  /** Leftovers of pip that went, relative to the environment. */
  readonly discarded: readonly string[];
  /** Files of the environment itself that were written anew. */
  readonly renewed: readonly VerifyProblem[];
  /** What could not be put right, and why. */
  readonly failed: readonly { readonly name: string; readonly version: string; readonly reason: string }[];
  /** Files that belong to no distribution; they stay. */
  readonly left: readonly VerifyProblem[];
  /** undefined: nothing was done, or it was a dry run. */
  readonly change: ChangeResult | undefined;
}

/** Puts right what can be. On throw the environment is as it was, unless the error's `data.committed` is true. */
export async function repair(tool: Tool, options: RepairOptions = {}): Promise<RepairOutcome> {
  const environment = tool.environment(options.environment);
  await settle(tool, environment);
  const interpreter = await tool.interpreter(environment.interpreterExecutable);
  const plan = planRepair(environment.dir);
  const store = await tool.store();
  const found = await mapConcurrently(plan.reinstall, { limit: 8 }, async (target) => ({
    target,
    answer: await findWheelAgain(tool, interpreter, target),
  }));
  const add: WheelTree[] = [];
  const repaired: RepairedDistribution[] = [];
  const failed: { name: string; version: string; reason: string }[] = [];
  for (const { target, answer } of found) {
    const { name, version, requested, directUrl, problems } = target;
    if (answer.wheel === undefined) {
      failed.push({ name, version, reason: answer.reason });
      continue;
    }
    add.push(await toWheelTree(store, answer.wheel, { requested, directUrl }));
    repaired.push({ name, version, foundIn: answer.foundIn, problems });
  }
  const { discard: discarded, renew: renewed, left } = plan;
  const outcome = { environment, repaired, discarded, renewed, failed, left, change: undefined };
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

async function apply(
  tool: Tool,
  environment: Environment,
  { reinstall, discard }: RepairPlan,
  add: readonly WheelTree[],
  { command = 'repair' }: RepairOptions,
): Promise<ChangeResult> {
  const started = Date.now();
  const change = await changeEnvironment(
    environment.dir,
    (current) => {
      requireAsLookedAt(current, reinstall);
      // What two claim was settled when they were installed: to put it right again is no new conflict.
      return { add, remove: [], force: add.map(({ name }) => name), discard, renew: true, onConflict: 'last-wins' };
    },
    { ...waitOptions(tool, environment.dir), command },
  );
  const ms = Date.now() - started;
  tool.onEvent({ event: 'committed', environment: environment.dir, generation: change.generation, ms });
  return change;
}

/** What was looked at without the lock must be so under it. */
function requireAsLookedAt(current: InstalledState, targets: readonly RepairTarget[]): void {
  const changed = targets.filter(
    ({ name, version }) => !current.distributions.some((owner) => owner.name === name && owner.version === version),
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
