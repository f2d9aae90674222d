// `install`: resolve, fetch and build without a lock, then one transaction on the environment.
import { readFileSync } from 'node:fs';
import { type ChangeResult, changeEnvironment, type InstalledState, type WheelTree } from '@wheelwright/installer';
import { type NormalizedName, parseMetadata, tryParseVersion } from '@wheelwright/packaging';
import { type Environment, type InstalledDistribution, type Interpreter, listDistributions } from '@wheelwright/python';
import type { Staging } from '@wheelwright/store';
import { buildProject } from '../build/build.ts';
import { waitOptions } from '../environment/change-defaults.ts';
import { openPlace, type Place, type PlaceOptions, prefixOptions } from '../environment/place.ts';
import { tellCommitted } from '../tool/events.ts';
import type { Tool } from '../tool/tool.ts';
import { WheelwrightError } from '../tool/wheelwright-error.ts';
import { giveUpDamaged, watchingStore } from '../wheels/damaged-wheels.ts';
import { withFileOptions } from '../wheels/file-index-options.ts';
import { type RequirementInput, readRequirementInputs } from '../wheels/requirement-inputs.ts';
import { type InstalledCandidate, type ResolvedWheel, resolveWheels } from '../wheels/resolve-wheels.ts';
import { toWheelTree } from '../wheels/wheel-trees.ts';
import { type CheckOptions, checkOf } from './check.ts';

export interface InstallOptions extends CheckOptions, PlaceOptions {
  readonly requirements?: readonly string[] | undefined;
  readonly requirementFiles?: readonly string[] | undefined;
  readonly constraintFiles?: readonly string[] | undefined;
  readonly upgrade?: boolean | undefined;
  readonly forceReinstall?: boolean | undefined;
  readonly prereleases?: boolean | undefined;
  readonly noDeps?: boolean | undefined;
  readonly dryRun?: boolean | undefined;
  readonly compile?: boolean | undefined;
  readonly onConflict?: 'error' | 'last-wins' | undefined;
  /** The command line as a person wrote it, kept with the generation and shown to those who wait for the lock. */
  readonly command?: string | undefined;
}

/** What an install did, or with `dryRun` would do. */
export interface InstallOutcome {
  readonly environment: Environment;
  readonly resolved: readonly ResolvedWheel[];
  readonly change: ChangeResult | undefined;
}

/**
 * Installs requirements as one transaction: afterwards the environment holds all of them, or is as it was.
 * @throws the errors of every engine; the environment is unchanged unless the error's `data.committed` is true.
 */
export async function install(tool: Tool, options: InstallOptions): Promise<InstallOutcome> {
  const place = await openPlace(tool, options);
  requireOwnPython(place, options);
  const { environment, interpreter, wheelsOnly } = place;
  const { inputs, constraints, options: fileOptions } = readRequirementInputs({ ...options, ...tool.settings });
  const { index, prereleases } = withFileOptions(tool.settings.index, fileOptions);
  if (inputs.length === 0)
    throw new WheelwrightError('WHEELWRIGHT_USAGE', 'Nothing to install was named.', {
      hint: 'Name a requirement, a wheel, a directory, or a file with -r.',
    });
  const wheels = new BuiltWheels(tool, interpreter);
  try {
    const resolve = () =>
      resolveWheels(fileOptions.length === 0 ? tool : tool.withIndex(index), {
        inputs,
        constraints,
        interpreter,
        installed: keptCandidates(environment, inputs, options),
        prereleases: options.prereleases === true || prereleases,
        noDeps: options.noDeps,
        buildTree: wheelsOnly ? undefined : (dir) => wheels.build(dir),
      });
    let resolved = await resolve();
    // Who installs again what is there wants it whole: one that was written into is filled anew.
    const again = options.forceReinstall === true && options.dryRun !== true;
    if (
      again &&
      giveUpDamaged(
        await tool.store(),
        resolved.map(({ wheel }) => wheel),
      )
    )
      resolved = await resolve();
    if (options.dryRun === true) return { environment, resolved, change: undefined };
    const change = await applyResolved(tool, environment, interpreter, resolved, options);
    return { environment, resolved, change };
  } finally {
    wheels.remove();
  }
}

/** What is installed and may stay: all of it, less what is named when it is to be upgraded or installed again. */
function keptCandidates(
  environment: Environment,
  inputs: readonly RequirementInput[],
  { upgrade, forceReinstall }: InstallOptions,
): ReadonlyMap<NormalizedName, InstalledCandidate> {
  const installed = new Map(installedCandidates(environment));
  if (upgrade !== true && forceReinstall !== true) return installed;
  for (const input of inputs) if (input.kind === 'requirement') installed.delete(input.requirement.normalizedName);
  return installed;
}

/** Puts resolved wheels into the environment; `exactKeep` makes it exactly these and the names kept. */
export async function applyResolved(
  tool: Tool,
  environment: Environment,
  interpreter: Interpreter,
  resolved: readonly ResolvedWheel[],
  options: Pick<
    InstallOptions,
    'compile' | 'onConflict' | 'command' | 'forceReinstall' | keyof CheckOptions | keyof PlaceOptions
  > & {
    readonly exactKeep?: readonly NormalizedName[] | undefined;
  },
): Promise<ChangeResult> {
  const store = await tool.store();
  const started = Date.now();
  const add: WheelTree[] = [];
  for (const { wheel, requested, directUrl } of resolved) {
    if (wheel !== undefined)
      add.push(
        await toWheelTree(store, wheel, {
          requested,
          directUrl,
          compileFor: options.compile === true ? interpreter : undefined,
        }),
      );
  }
  const kept = resolved.filter(({ wheel }) => wheel === undefined);
  const seen = new Set(add.map(({ sha256 }): string | undefined => sha256));
  const change = await watchingStore(
    store,
    () => seen,
    () =>
      changeEnvironment(
        environment.dir,
        async (current) => {
          requireStillInstalled(current, kept, environment);
          for (const { wheelSha256 } of current.distributions) seen.add(wheelSha256);
          return {
            add,
            remove: [],
            ...(options.exactKeep === undefined
              ? {}
              : { exact: { keep: [...options.exactKeep, ...kept.map(({ name }) => name)] } }),
            ...(options.onConflict === undefined ? {} : { onConflict: options.onConflict }),
            ...(options.forceReinstall === true ? { force: true } : {}),
          };
        },
        {
          ...waitOptions(tool, environment.dir),
          ...prefixOptions(environment, options),
          command: options.command ?? 'install',
          check: checkOf(tool, options),
        },
      ),
  );
  tellCommitted(tool, environment.dir, change, started);
  return change;
}

/** Throws where something is to be run that is for another Python. */
export function requireOwnPython(
  { wheelsOnly }: Place,
  { compile, check = [] }: Pick<InstallOptions, 'compile' | 'check'>,
): void {
  if (!wheelsOnly) return;
  const what = compile === true ? ['Byte-code of', 'made', '--compile'] : ['What is for', 'checked', '--check'];
  if (compile !== true && check.length === 0) return;
  throw new WheelwrightError('WHEELWRIGHT_USAGE', `${what[0]} another Python cannot be ${what[1]} here.`, {
    hint: `Leave ${what[2]} out.`,
  });
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

/** Installed distributions as candidates that the resolver may keep. */
export function installedCandidates(environment: Environment): ReadonlyMap<NormalizedName, InstalledCandidate> {
  const found = new Map<NormalizedName, InstalledCandidate>();
  for (const distribution of listDistributions(environment.sitePackages)) {
    const candidate = toCandidate(distribution);
    if (candidate !== undefined) found.set(distribution.name, candidate);
  }
  return found;
}

function toCandidate(distribution: InstalledDistribution): InstalledCandidate | undefined {
  const version = tryParseVersion(distribution.version);
  if (version === undefined) return undefined;
  let metadata: ReturnType<typeof parseMetadata>;
  try {
    metadata = parseMetadata(readFileSync(distribution.metadataPath ?? '', 'utf8'));
  } catch {
    return undefined; // Damaged metadata: not kept, so that the install puts it right.
  }
  return {
    candidate: { name: distribution.name, version, yanked: false, file: { from: 'installed' } },
    requiresDist: metadata.requiresDist,
  };
}

/** Source trees named among the requirements, built aside in the store, which sweeps what a killed process leaves. */
class BuiltWheels {
  readonly #tool: Tool;
  readonly #interpreter: Interpreter;
  readonly #staged: Staging[] = [];

  constructor(tool: Tool, interpreter: Interpreter) {
    this.#tool = tool;
    this.#interpreter = interpreter;
  }

  async build(sourceDir: string): Promise<string> {
    const staging = (await this.#tool.store()).stage();
    this.#staged.push(staging);
    const outDir = staging.dir;
    const result = await buildProject(this.#tool, { sourceDir, kind: 'wheel', outDir, interpreter: this.#interpreter });
    return result.path;
  }

  remove(): void {
    for (const staging of this.#staged) staging.release();
  }
}
