// Installs resolved wheels into an environment as one transaction. `install` and `sync` use it.
import { type ChangeResult, changeEnvironment, type InstalledState, type WheelTree } from '@wheelwright/installer';
import type { NormalizedName } from '@wheelwright/packaging';
import type { Environment, Interpreter } from '@wheelwright/python';
import type { StoredWheel } from '@wheelwright/store';
import { waitOptions } from '../environment/change-defaults.ts';
import { type Place, type PlaceOptions, prefixOptions } from '../environment/place.ts';
import { warnOfUnmet } from '../environment/warn-of-unmet.ts';
import type { ResolvedWheel } from '../requirements/resolution.ts';
import type { RequiringDistribution } from '../requirements/unmet-requirements.ts';
import { tellCommitted } from '../tool/events.ts';
import type { Tool } from '../tool/tool.ts';
import { WheelwrightError } from '../tool/wheelwright-error.ts';
import { watchingStore } from '../wheels/damaged-wheels.ts';
import { storedMetadata, toWheelTree } from '../wheels/wheel-trees.ts';
import { type CheckOptions, checkOf } from './check.ts';

/** Options of the change. */
export interface ApplyOptions extends CheckOptions, PlaceOptions {
  /** Compile byte-code. */
  readonly compile?: boolean | undefined;
  /** What to do if two distributions claim one path with different content: refuse (default), or let the last one named win. */
  readonly onConflict?: 'error' | 'last-wins' | undefined;
  /** The command line. It is recorded in the generation and shown to processes that wait for the lock. */
  readonly command?: string | undefined;
  /** Install distributions again that are installed in the same version. */
  readonly forceReinstall?: boolean | undefined;
  /** Remove all distributions except the resolved ones and these names. */
  readonly exactKeep?: readonly NormalizedName[] | undefined;
}

/** The result of a change. */
export interface AppliedChange extends ChangeResult {
  /** Distributions among `installed` that were installed in the same version before. */
  readonly reinstalled: ChangeResult['installed'];
  /** How long the change waited for the environment's lock, in ms; 0 for less than a second. */
  readonly waitedMs: number;
}

/**
 * Installs resolved wheels, and warns of requirements that the change leaves unmet.
 * @throws the errors of the installer. The environment is unchanged unless the error's `data.committed` is true.
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
  let before: ReadonlyMap<NormalizedName, string> = new Map();
  const add = await toWheelTrees(tool, interpreter, resolved, options.compile === true);
  const files = add.flatMap(({ listing }) => listing?.groups.map(({ names }) => names.length) ?? []);
  store.expectLinks(files.reduce((sum, count) => sum + count, 0));
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
        linkBeside: store.linkBeside,
        check: checkOf(tool, options),
      }),
  );
  tellCommitted(tool, environment.dir, change, started);
  if (!wheelsOnly) {
    warnOfUnmet(tool, environment, interpreter.markers, change, presentAfter(resolved, change, [...before.keys()]));
  }
  const reinstalled = change.installed.filter(({ name, version }) => before.get(name) === version);
  return { ...change, reinstalled, waitedMs };
}

/** What is installed after `change`; undefined where distributions stay whose metadata was not read. */
function presentAfter(
  resolved: readonly ResolvedWheel[],
  { installed, upgraded, removed }: ChangeResult,
  before: readonly NormalizedName[],
): readonly RequiringDistribution[] | undefined {
  const there = new Set([...installed, ...upgraded].map(({ name }) => name));
  const gone = new Set(removed.map(({ name }) => name));
  if (before.some((name) => !there.has(name) && !gone.has(name))) return undefined;
  return resolved.flatMap(({ name, version, wheel }): RequiringDistribution[] => {
    if (wheel === undefined || !there.has(name)) return [];
    return [{ name, version, metadataPath: undefined, requiresDist: requirementsOf(wheel) }];
  });
}

function requirementsOf(wheel: StoredWheel): readonly string[] {
  try {
    return storedMetadata(wheel).requiresDist;
  } catch {
    return []; // Damaged metadata is another finding.
  }
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

/** Checks, under the lock, that distributions which the resolution keeps are still installed. */
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
    `${environment.dir} changed while this command resolved its requirements: ${gone.map(({ name }) => name).join(', ')} is no longer as it was.`,
    { hint: 'Run the command again.' },
  );
}
