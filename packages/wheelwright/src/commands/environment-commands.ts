// Commands on one environment that need neither index nor store: list, verify, recover, roll back, uninstall, and the
// commands on generations and locks.
import { isCodedError } from '@wheelwright/errors';
import { breakLock, inspectLock, type LockHolder, type LockInspection } from '@wheelwright/fslock';
import {
  type ChangeResult,
  changeEnvironment,
  findEnvironmentFaults,
  type GenerationInfo,
  listGenerations,
  type RecoveryReport,
  type RollBackResult,
  recoverEnvironment,
  rollBack,
  type VerifyReport,
  verifyEnvironment,
} from '@wheelwright/installer';
import { type NormalizedName, normalizeName } from '@wheelwright/packaging';
import {
  type Environment,
  environmentPaths,
  type InstalledDistribution,
  listDistributions,
  readMakeup,
} from '@wheelwright/python';
import { waitOptions } from '../environment/change-defaults.ts';
import { tellGuests, undoGuests } from '../environment/foreign-writes.ts';
import { ownBytes } from '../environment/own-bytes.ts';
import { environmentOf, type PlaceOptions, prefixOptions, settle, warnOfOwner } from '../environment/place.ts';
import { warnOfUnmet } from '../environment/warn-of-unmet.ts';
import { readRequirementInputs } from '../requirements/requirement-inputs.ts';
import { namesAny } from '../requirements/unmet-requirements.ts';
import { type CallOptions, withCall } from '../tool/call.ts';
import { tellCommitted } from '../tool/events.ts';
import type { Tool } from '../tool/tool.ts';
import { WheelwrightError } from '../tool/wheelwright-error.ts';

/** What to uninstall, and from where. */
export interface UninstallOptions extends PlaceOptions {
  /** Names in any spelling. Each must be installed. */
  readonly names: readonly string[];
  /** Requirements files whose names are uninstalled too. Versions and extras in them are ignored. */
  readonly requirementFiles?: readonly string[] | undefined;
  /** The command line. It is recorded in the generation and shown to processes that wait for the lock. */
  readonly command?: string | undefined;
}

/** Uninstalls distributions as one transaction. A file that another distribution also owns stays. */
export async function uninstall(tool: Tool, options: UninstallOptions): Promise<ChangeResult> {
  return withCall(tool, options, (called) => uninstallWith(called, options));
}

async function uninstallWith(tool: Tool, options: UninstallOptions): Promise<ChangeResult> {
  const environment = environmentOf(tool, options);
  warnOfOwner(tool, environment);
  await settle(tool, environment);
  await undoGuests(tool, environment);
  const names = [...new Set([...options.names.map((name) => normalizeName(name)), ...(await namesIn(tool, options))])];
  const started = Date.now();
  const wait = waitOptions(tool, environment.dir);
  const change = await changeEnvironment(
    environment.dir,
    async (current) => {
      wait.onLocked();
      const present = new Set(current.distributions.map(({ name }) => name));
      const absent = names.filter((name) => !present.has(name));
      if (absent.length > 0)
        throw new WheelwrightError(
          'WHEELWRIGHT_NOT_INSTALLED',
          `${absent.join(', ')} ${absent.length === 1 ? 'is' : 'are'} not installed in ${environment.dir}.`,
          { data: { names: absent } },
        );
      return { add: [], remove: names };
    },
    {
      ...wait,
      ...prefixOptions(environment, options),
      command: options.command ?? 'uninstall',
    },
  );
  tellCommitted(tool, environment.dir, change, started);
  await warnOfDependents(tool, environment, change);
  return change;
}

async function namesIn(tool: Tool, { requirementFiles = [] }: UninstallOptions): Promise<readonly NormalizedName[]> {
  if (requirementFiles.length === 0) return [];
  const { workingDir } = tool.settings;
  const { inputs } = await readRequirementInputs({ workingDir, requirementFiles });
  return inputs.flatMap((input) => {
    const name = input.kind === 'direct' ? input.name : normalizeName(input.requirement.name);
    if (name === undefined)
      throw new WheelwrightError('WHEELWRIGHT_BAD_INPUT', `${input.source} does not say which name it installs.`, {
        hint: 'Name the distribution itself.',
      });
    return name;
  });
}

/** Warns of unmet requirements. Needs the interpreter only if something requires a removed distribution; an interpreter that cannot run does not stop the removal. */
async function warnOfDependents(tool: Tool, environment: Environment, change: ChangeResult): Promise<void> {
  const removed = new Set(change.removed.map(({ name }) => name));
  if (environment.kind === 'target') return;
  const present = listDistributions(environment.sitePackages);
  if (!namesAny(present, removed)) return;
  const interpreter = await tool.interpreter(environment.interpreterExecutable).catch((error: unknown) => {
    if (!isCodedError(error)) throw error;
    return undefined;
  });
  if (interpreter !== undefined) warnOfUnmet(tool, environment, interpreter.markers, change, present);
}

/** The distributions of an environment, by name. */
export async function list(tool: Tool, options: PlaceOptions = {}): Promise<readonly InstalledDistribution[]> {
  return withCall(tool, options, (called) => listWith(called, options));
}

async function listWith(tool: Tool, options: PlaceOptions): Promise<readonly InstalledDistribution[]> {
  const environment = environmentOf(tool, options);
  await settle(tool, environment);
  tellGuests(tool, environment);
  return [...listDistributions(environment.sitePackages)].sort((a, b) =>
    a.name < b.name ? -1 : a.name > b.name ? 1 : 0,
  );
}

/** Compares every file with RECORD and every path with its owners. It reports faults and does not throw for them. */
export async function verify(tool: Tool, options: PlaceOptions = {}): Promise<VerifyReport> {
  return withCall(tool, options, (called) => verifyWith(called, options));
}

async function verifyWith(tool: Tool, options: PlaceOptions): Promise<VerifyReport> {
  const { target } = options;
  const dir = target === undefined ? tool.environmentDir(options.environment) : undefined;
  // An environment that cannot be read is reported as far as possible.
  if (dir !== undefined && (findEnvironmentFaults(dir)?.faults.length ?? 0) > 0) return verifyEnvironment(dir);
  const environment = environmentOf(tool, options);
  await settle(tool, environment);
  return verifyEnvironment(environment.dir, prefixOptions(environment));
}

/** Options of a recovery. */
export interface RecoverCommandOptions extends PlaceOptions {
  /** Give up a change whose journal is refused, and move its files aside. */
  readonly discard?: boolean | undefined;
}

/** Finishes or undoes what a dead process left in the environment, even if the environment is damaged. */
export async function recover(tool: Tool, options: RecoverCommandOptions = {}): Promise<RecoveryReport> {
  return withCall(tool, options, (called) => recoverWith(called, options));
}

async function recoverWith(tool: Tool, options: RecoverCommandOptions): Promise<RecoveryReport> {
  const { target, discard } = options;
  const place = target === undefined ? undefined : environmentOf(tool, options);
  const dir = place?.dir ?? tool.environmentDir(options.environment);
  if (place === undefined) requireEnvironment(tool, options.environment);
  const { lockTimeoutMs, signal } = waitOptions(tool, dir);
  const prefix = place && prefixOptions(place);
  return recoverEnvironment(dir, { ...prefix, lockTimeoutMs, signal, discard, command: 'ww recover' });
}

/** The result of a roll-back. */
export interface RolledBack extends RollBackResult {
  /** The environment's directory. */
  readonly path: string;
  /** Distributions that are installed now and were not before. */
  readonly installed: readonly Pin[];
  /** Distributions that were installed before and are not now. */
  readonly removed: readonly Pin[];
  /** Distributions that have another version now. */
  readonly changed: readonly { readonly name: string; readonly from: string; readonly to: string }[];
}

/** A distribution and its version. */
export interface Pin {
  /** The name as its metadata spells it. */
  readonly name: string;
  /** The version as its metadata states it. */
  readonly version: string;
}

/** Goes back to an earlier generation; without a number, to the one before the current one. */
export async function rollBackTo(
  tool: Tool,
  options: CallOptions & {
    readonly environment?: string | undefined;
    readonly generation?: number | undefined;
  } = {},
): Promise<RolledBack> {
  return withCall(tool, options, async (called) => {
    const environment = called.environment(options.environment);
    const before = pinsOf(environment.sitePackages);
    const { lockTimeoutMs, signal, onWait } = waitOptions(called, environment.dir);
    const wait = { lockTimeoutMs, signal, onWait };
    const result = await rollBack(environment.dir, options.generation, { ...wait, command: 'ww rollback' });
    const after = pinsOf(environment.sitePackages);
    return {
      ...result,
      path: environment.dir,
      installed: [...after.values()].filter(({ name }) => !before.has(name)),
      removed: [...before.values()].filter(({ name }) => !after.has(name)),
      changed: [...after.values()].flatMap(({ name, version: to }) => {
        const from = before.get(name)?.version;
        return from === undefined || from === to ? [] : [{ name, from, to }];
      }),
    };
  });
}

function pinsOf(sitePackages: string): ReadonlyMap<string, Pin> {
  return new Map(listDistributions(sitePackages).map(({ rawName, version }) => [rawName, { name: rawName, version }]));
}

/** A generation and its size. */
export interface MeasuredGeneration extends GenerationInfo {
  /** Bytes that only this generation uses. Files with further hard links do not count. */
  readonly ownBytes: number;
}

/** The generations of the environment, oldest first. */
export function generations(
  tool: Tool,
  options: { readonly environment?: string | undefined } = {},
): readonly MeasuredGeneration[] {
  const found = listGenerations(tool.environment(options.environment).dir);
  return found.map((generation) => ({ ...generation, ownBytes: ownBytes(generation.dir) }));
}

/** The processes that hold the lock of an environment. */
export async function locks(
  tool: Tool,
  options: CallOptions & { readonly environment?: string | undefined } = {},
): Promise<LockInspection & { readonly path: string }> {
  return withCall(tool, options, (called) => locksWith(called, options));
}

async function locksWith(
  tool: Tool,
  options: CallOptions & { readonly environment?: string | undefined },
): Promise<LockInspection & { readonly path: string }> {
  const lock = lockOf(tool, options.environment);
  return { path: lock, ...(await inspectLock(lock)) };
}

/**
 * Removes the holder of an environment's lock, for a holder that the caller knows to be dead. Only locks on a file system
 * without flock need this and allow it; elsewhere it does nothing. Returns the removed holders.
 */
export async function breakLocks(
  tool: Tool,
  options: CallOptions & { readonly environment?: string | undefined } = {},
): Promise<readonly LockHolder[]> {
  return withCall(tool, options, (called) => breakLocksWith(called, options));
}

async function breakLocksWith(
  tool: Tool,
  options: CallOptions & { readonly environment?: string | undefined },
): Promise<readonly LockHolder[]> {
  return breakLock(lockOf(tool, options.environment));
}

function lockOf(tool: Tool, explicit: string | undefined): string {
  requireEnvironment(tool, explicit);
  return environmentPaths(tool.environmentDir(explicit)).lock;
}

/** The directory of an environment, which may be damaged: its lock and what a dead process left can still be read. */
function requireEnvironment(tool: Tool, explicit: string | undefined): void {
  if (readMakeup(tool.environmentDir(explicit)) === undefined) tool.environment(explicit);
}
