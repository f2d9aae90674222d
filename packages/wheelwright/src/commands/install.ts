// `install`: resolve, fetch and build without a lock, then one transaction on the environment.
import type { NormalizedName } from '@wheelwright/packaging';
import type { Environment } from '@wheelwright/python';
import { openBuildSources } from '../build/build.ts';
import { openPlace, type Place } from '../environment/place.ts';
import { openLocked } from '../lock/open-locked.ts';
import { isLockFile } from '../lock/read-lock.ts';
import { type AskOptions, readAskedFor } from '../requirements/read-asked-for.ts';
import type { RequirementInput } from '../requirements/requirement-inputs.ts';
import type { InstalledCandidate, OpenResolution, ResolvedDistribution } from '../requirements/resolution.ts';
import { installedCandidates } from '../resolve/installed-candidates.ts';
import { openResolution } from '../resolve/resolve-wheels.ts';
import type { AnswerBasis } from '../tool/answer-basis.ts';
import { withCall } from '../tool/call.ts';
import type { Tool } from '../tool/tool.ts';
import { WheelwrightError } from '../tool/wheelwright-error.ts';
import { giveUpDamaged } from '../wheels/damaged-wheels.ts';
import { type AppliedChange, type ApplyOptions, applyResolved } from './apply-resolved.ts';
import { type BuildChoices, buildInterpreter, readBuildChoices } from './build-choices.ts';
import { writeReport } from './install-report.ts';

/** Options of an installation. */
export interface InstallOptions extends AskOptions, BuildChoices, Omit<ApplyOptions, 'exactKeep'> {
  /** Upgrade the named distributions. */
  readonly upgrade?: boolean | undefined;
  /** With `upgrade`: upgrade dependencies too (`eager`), or only if a requirement demands it (default). */
  readonly upgradeStrategy?: 'only-if-needed' | 'eager' | undefined;
  /** Only the named requirements, without dependencies. */
  readonly noDeps?: boolean | undefined;
  /** Report what would be done, and change nothing. */
  readonly dryRun?: boolean | undefined;
  /** The path for a report in pip's format. */
  readonly reportFile?: string | undefined;
}

/** The result of an installation; with `dryRun`, what it would do. */
export interface InstallOutcome {
  /** The environment or target directory as read before the change. */
  readonly environment: Environment;
  /** All resolved distributions, including those that stay. */
  readonly resolved: readonly ResolvedDistribution[];
  /** Undefined for a dry run. */
  readonly change: AppliedChange | undefined;
  /** What the result depends on, if nothing had to be changed; undefined if the next run may have another result. */
  readonly basis?: AnswerBasis | undefined;
}

/**
 * Installs requirements as one transaction: afterwards the environment holds all of them or is unchanged.
 * @throws the errors of every engine. The environment is unchanged unless the error's `data.committed` is true.
 */
export async function install(tool: Tool, options: InstallOptions): Promise<InstallOutcome> {
  return withCall(tool, options, (called) => installWith(called, options));
}

async function installWith(tool: Tool, options: InstallOptions): Promise<InstallOutcome> {
  const place = await openPlace(tool, options);
  requireOwnPython(place, options);
  const { environment, interpreter, wheelsOnly } = place;
  const builds = {
    ...readBuildChoices(options),
    interpreter: buildInterpreter(place, options),
    canBuild: !wheelsOnly,
  };
  const { requirementFiles = [], requirements = [], editables = [] } = options;
  const open = requirementFiles.some(isLockFile)
    ? async () =>
        openLocked(tool, [...requirementFiles, ...requirements, ...editables], {
          environment,
          interpreter,
          openSources: openBuildSources(tool, builds),
          formats: options.formats,
        })
    : await openAsked(tool, place, options, builds);
  let resolution = await open();
  try {
    if (options.reportFile !== undefined) await writeReport(tool, interpreter, resolution, options.reportFile);
    if (options.dryRun === true) return { environment, resolved: resolution.distributions, change: undefined };
    let resolved = await resolution.fetch();
    // --force-reinstall should restore damaged files, so every edited wheel of the store is unpacked again.
    const chosen = resolved.map(({ wheel }) => wheel);
    if (options.forceReinstall === true && giveUpDamaged(await tool.store(), chosen)) {
      resolution.close();
      resolution = await open();
      resolved = await resolution.fetch();
    }
    const change = await applyResolved(tool, place, resolved, options);
    return { environment, resolved, change, basis: tool.basis.basis() };
  } finally {
    resolution.close();
  }
}

/** Reads the request once, and returns a function that resolves it each time it is called. */
async function openAsked(
  tool: Tool,
  { environment, interpreter }: Place,
  options: InstallOptions,
  builds: Parameters<typeof openBuildSources>[1],
): Promise<() => Promise<OpenResolution>> {
  const asked = await readAskedFor(tool, interpreter, options);
  requireSomething(asked.inputs);
  return () =>
    openResolution(asked.tool, {
      ...asked,
      interpreter,
      installed: keptCandidates(environment, asked.inputs, options),
      noDeps: options.noDeps,
      openSources: openBuildSources(asked.tool, builds),
    });
}

function requireSomething(inputs: readonly RequirementInput[]): void {
  if (inputs.length > 0) return;
  throw new WheelwrightError('WHEELWRIGHT_USAGE', 'The request names nothing to install.', {
    hint: 'Name a requirement, a wheel, a directory, or a file with -r.',
  });
}

/** The installed distributions that may stay: all except named ones that are upgraded or installed again. */
function keptCandidates(
  environment: Environment,
  inputs: readonly RequirementInput[],
  { upgrade, upgradeStrategy, forceReinstall }: InstallOptions,
): ReadonlyMap<NormalizedName, InstalledCandidate> {
  const installed = installedCandidates(environment);
  if (upgrade !== true && forceReinstall !== true) return installed;
  if (upgrade === true && upgradeStrategy === 'eager') return new Map();
  for (const input of inputs) if (input.kind === 'requirement') installed.delete(input.requirement.normalizedName);
  return installed;
}

/** Throws if an option would run code for another Python. */
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
