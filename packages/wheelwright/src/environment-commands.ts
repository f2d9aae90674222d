// The commands on one environment that need neither index nor store: made, listed, verified, recovered, rolled back, and
// distributions taken out of it.
import path from 'node:path';
import { breakLock, inspectLock, type LockHolder, type LockInspection } from '@wheelwright/fslock';
import {
  type ChangeResult,
  changeEnvironment,
  type GenerationInfo,
  listGenerations,
  type RecoveryReport,
  type RollBackResult,
  recoverEnvironment,
  rollBack,
  type VerifyReport,
  verifyEnvironment,
} from '@wheelwright/installer';
import { normalizeName } from '@wheelwright/packaging';
import {
  type CreateEnvironmentOptions,
  createEnvironment,
  type Environment,
  environmentPaths,
  type InstalledDistribution,
  listDistributions,
} from '@wheelwright/python';
import { environmentOf, type PlaceOptions, prefixOptions, settle } from './place.ts';
import { tellGuests, undoGuests } from './shared-guests.ts';
import type { Tool } from './tool.ts';
import { waitOptions } from './wait-options.ts';
import { WheelwrightError } from './wheelwright-error.ts';

export interface CreateVenvOptions {
  /** Default: `.venv` in the working directory. */
  readonly dir?: string | undefined;
  readonly python?: string | undefined;
  readonly prompt?: string | undefined;
  readonly systemSitePackages?: boolean | undefined;
  readonly clear?: boolean | undefined;
  /** Generations of its own (the default), generations that share their packages with others, or an ordinary venv. */
  readonly layout?: CreateEnvironmentOptions['layout'] | undefined;
}

/** Makes an environment; of several at once one makes it and the others take it. */
export async function createVenv(
  tool: Tool,
  options: CreateVenvOptions = {},
): Promise<{ environment: Environment; created: boolean }> {
  const dir = path.resolve(tool.settings.workingDir, options.dir ?? '.venv');
  const interpreter = await tool.interpreter(options.python);
  return createEnvironment(dir, {
    interpreter,
    layout: options.layout ?? 'own',
    lockTimeoutMs: tool.settings.lockTimeoutMs,
    ...(tool.signal === undefined ? {} : { signal: tool.signal }),
    ...(options.prompt === undefined ? {} : { prompt: options.prompt }),
    ...(options.systemSitePackages === undefined ? {} : { systemSitePackages: options.systemSitePackages }),
    ...(options.clear === undefined ? {} : { clear: options.clear }),
  });
}

export interface UninstallOptions extends PlaceOptions {
  readonly names: readonly string[];
  readonly command?: string | undefined;
}

/** Takes distributions out as one transaction; a file that others own too stays. */
export async function uninstall(tool: Tool, options: UninstallOptions): Promise<ChangeResult> {
  const environment = environmentOf(tool, options);
  await settle(tool, environment);
  await undoGuests(tool, environment);
  const names = options.names.map((name) => normalizeName(name));
  const started = Date.now();
  const change = await changeEnvironment(
    environment.dir,
    async (current) => {
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
      ...waitOptions(tool, environment.dir),
      ...prefixOptions(environment, options),
      command: options.command ?? 'uninstall',
    },
  );
  if (change.committed)
    tool.onEvent({
      event: 'committed',
      environment: environment.dir,
      generation: change.generation,
      ms: Date.now() - started,
    });
  return change;
}

/** The distributions of an environment, by name. */
export async function list(tool: Tool, options: PlaceOptions = {}): Promise<readonly InstalledDistribution[]> {
  const environment = environmentOf(tool, options);
  await settle(tool, environment);
  tellGuests(tool, environment);
  return [...listDistributions(environment.sitePackages)].sort((a, b) =>
    a.name < b.name ? -1 : a.name > b.name ? 1 : 0,
  );
}

/** Every file against RECORD, every path against its owners. The report says what is wrong; it does not throw for that. */
export async function verify(tool: Tool, options: PlaceOptions = {}): Promise<VerifyReport> {
  const environment = environmentOf(tool, options);
  await settle(tool, environment);
  return verifyEnvironment(environment.dir, prefixOptions(environment));
}

/** Finishes or undoes what a dead process left in the environment. */
export async function recover(tool: Tool, options: PlaceOptions = {}): Promise<RecoveryReport> {
  const environment = environmentOf(tool, options);
  const { lockTimeoutMs, signal } = waitOptions(tool, environment.dir);
  return recoverEnvironment(environment.dir, { lockTimeoutMs, signal, command: 'ww recover' });
}

/** Back to an earlier generation; the one before the current where no number is given. */
export async function rollBackTo(
  tool: Tool,
  options: { readonly environment?: string | undefined; readonly generation?: number | undefined } = {},
): Promise<RollBackResult> {
  const environment = tool.environment(options.environment);
  const { lockTimeoutMs, signal } = waitOptions(tool, environment.dir);
  return rollBack(environment.dir, options.generation, { lockTimeoutMs, signal, command: 'ww rollback' });
}

/** The generations that can be gone back to, oldest first. */
export function generations(
  tool: Tool,
  options: { readonly environment?: string | undefined } = {},
): readonly GenerationInfo[] {
  return listGenerations(tool.environment(options.environment).dir);
}

/** Who holds the lock of an environment. */
export async function locks(
  tool: Tool,
  options: { readonly environment?: string | undefined } = {},
): Promise<LockInspection & { readonly path: string }> {
  const { lock } = environmentPaths(tool.environment(options.environment).dir);
  return { path: lock, ...(await inspectLock(lock)) };
}

/**
 * Takes the lock of an environment away from a holder that somebody knows to be dead. Only a lock on a file system
 * without flock can be broken, and only that needs it; elsewhere nothing happens. Gives those that held it.
 */
export async function breakLocks(
  tool: Tool,
  options: { readonly environment?: string | undefined } = {},
): Promise<readonly LockHolder[]> {
  return breakLock(environmentPaths(tool.environment(options.environment).dir).lock);
}
