// Resolved wheels put into an environment as one transaction. Shared by `install` and `sync`.
import { type ChangeResult, changeEnvironment, type InstalledState, type WheelTree } from '@wheelwright/installer';
import type { NormalizedName } from '@wheelwright/packaging';
import type { Environment, Interpreter } from '@wheelwright/python';
import { waitOptions } from '../environment/change-defaults.ts';
import { type Place, type PlaceOptions, prefixOptions } from '../environment/place.ts';
import { warnOfUnmet } from '../environment/warn-of-unmet.ts';
import { tellCommitted } from '../tool/events.ts';
import type { Tool } from '../tool/tool.ts';
import { WheelwrightError } from '../tool/wheelwright-error.ts';
import { watchingStore } from '../wheels/damaged-wheels.ts';
import type { ResolvedWheel } from '../wheels/resolution.ts';
import { toWheelTree } from '../wheels/wheel-trees.ts';
import { type CheckOptions, checkOf } from './check.ts';

/** How the change is made. */
export interface ApplyOptions extends CheckOptions, PlaceOptions {
  /** Byte-compile what is installed. */
  readonly compile?: boolean | undefined;
  /** Two distributions claim one path with different content: refuse, or the last one named gets it. Default: refuse. */
  readonly onConflict?: 'error' | 'last-wins' | undefined;
  /** The command line as a person wrote it, kept with the generation and shown to those who wait for the lock. */
  readonly command?: string | undefined;
  /** Install also what is installed at the same version. */
  readonly forceReinstall?: boolean | undefined;
  /** The environment becomes exactly what is resolved and these names. */
  readonly exactKeep?: readonly NormalizedName[] | undefined;
}

/** What a change did, and how long it waited. */
export interface AppliedChange extends ChangeResult {
  /** Those of `installed` that were installed at the same version before. */
  readonly reinstalled: ChangeResult['installed'];
  /** How long the lock of the environment was waited for, in ms; 0 for less than a second. */
  readonly waitedMs: number;
}

/**
 * Puts resolved wheels into the environment, and warns of requirements that the change leaves unmet.
 * @throws the errors of the installer; the environment is unchanged unless the error's `data.committed` is true.
 */
export async function applyResolved(
  tool: Tool,
  { environment, interpreter, wheelsOnly }: Place,
  resolved: readonly ResolvedWheel[],
  options: ApplyOptions,
): Promise<AppliedChange> {
  const started = Date.now();
  const store = await tool.store();
  const wait = waitOptions(tool, environment.dir);
  let waitedMs = 0;
  let before: ReadonlyMap<string, string> = new Map();
  const add = await toWheelTrees(tool, interpreter, resolved, options.compile === true);
  const kept = resolved.filter(({ wheel }) => wheel === undefined);
  const seen = new Set(add.map(({ sha256 }): string | undefined => sha256));
  const { exactKeep, onConflict, forceReinstall } = options;
  const plan = async (current: InstalledState) => {
    waitedMs += wait.onLocked();
    before = new Map(current.distributions.map(({ name, version }) => [name, version]));
    requireStillInstalled(current, kept, environment);
    tool.onEvent({ event: 'installing', environment: environment.dir, packages: add.length });
    for (const { wheelSha256 } of current.distributions) seen.add(wheelSha256);
    return {
      add,
      remove: [],
      ...(exactKeep === undefined ? {} : { exact: { keep: [...exactKeep, ...kept.map(({ name }) => name)] } }),
      ...(onConflict === undefined ? {} : { onConflict }),
      ...(forceReinstall === true ? { force: true } : {}),
    };
  };
  const change = await watchingStore(
    store,
    () => seen,
    () =>
      changeEnvironment(environment.dir, plan, {
        ...wait,
        ...prefixOptions(environment, options),
        command: options.command ?? 'install',
        check: checkOf(tool, options),
      }),
  );
  tellCommitted(tool, environment.dir, change, started);
  if (!wheelsOnly) warnOfUnmet(tool, environment, interpreter.markers, change);
  const reinstalled = change.installed.filter(({ name, version }) => before.get(name) === version);
  return { ...change, reinstalled, waitedMs };
}

async function toWheelTrees(
  tool: Tool,
  interpreter: Interpreter,
  resolved: readonly ResolvedWheel[],
  compile: boolean,
): Promise<readonly WheelTree[]> {
  const store = await tool.store();
  const compileFor = compile ? interpreter : undefined;
  const trees: WheelTree[] = [];
  for (const { wheel, requested, directUrl } of resolved) {
    if (wheel === undefined) continue;
    for (const text of wheel.manifest.warnings ?? []) tool.onEvent({ event: 'warning', text });
    trees.push(await toWheelTree(store, wheel, { requested, directUrl, compileFor }));
  }
  return trees;
}

/** What was resolved as installed before the lock was taken must be so under it. */
function requireStillInstalled(
  current: InstalledState,
  kept: readonly ResolvedWheel[],
  environment: Environment,
): void {
  const now = new Map(current.distributions.map(({ name, version }) => [name, version]));
  const gone = kept.filter(({ name, version }) => now.get(name) !== version);
  if (gone.length === 0) return;
  throw new WheelwrightError(
    'WHEELWRIGHT_ENVIRONMENT_CHANGED',
    `${environment.dir} changed while ${gone.map(({ name }) => name).join(', ')} was being resolved.`,
    { hint: 'Run the command again.' },
  );
}
