// `sync`: makes the environment match a lock or a file of pins exactly: upgrades, removes and adds in one transaction.

import { isCodedError } from '@wheelwright/errors';
import { isPinned, normalizeName } from '@wheelwright/packaging';
import { openBuildSources } from '../build/build.ts';
import { openPlace, type Place } from '../environment/place.ts';
import { openLocked } from '../lock/open-locked.ts';
import { findLockPath, isLockFile } from '../lock/read-lock.ts';
import type { ChoiceOptions } from '../requirements/input-options.ts';
import { readAskedFor } from '../requirements/read-asked-for.ts';
import type { RequirementInput } from '../requirements/requirement-inputs.ts';
import type { OpenResolution, OpenSources } from '../requirements/resolution.ts';
import { installedCandidates } from '../resolve/installed-candidates.ts';
import { openResolution } from '../resolve/resolve-wheels.ts';
import { withCall } from '../tool/call.ts';
import type { Tool } from '../tool/tool.ts';
import { WheelwrightError } from '../tool/wheelwright-error.ts';
import { type ApplyOptions, applyResolved } from './apply-resolved.ts';
import { type BuildChoices, buildInterpreter, readBuildChoices } from './build-choices.ts';
import { createVenv } from './create-venv.ts';
import { type InstallOutcome, requireOwnPython } from './install.ts';

/** Names that stay in an environment although the file does not name them. */
const keptNames = ['pip', 'setuptools', 'wheel'].map((name) => normalizeName(name));

/** Options of `sync`. */
export interface SyncOptions extends ChoiceOptions, BuildChoices, Omit<ApplyOptions, 'exactKeep' | 'forceReinstall'> {
  /**
   * A lock (`pylock.toml`), or files of pins (`name==version`), wheels, sdists, directories and URLs; `-` is standard input.
   * If empty: the lock beside pyproject.toml.
   */
  readonly files?: readonly string[] | undefined;
  /** Extras of a lock. */
  readonly extras?: readonly string[] | undefined;
  /** Dependency groups of a lock; its default groups if absent. */
  readonly groups?: readonly string[] | undefined;
  /** False: omit the project that a lock belongs to. */
  readonly installProject?: boolean | undefined;
  /** Files of constraints: paths or URLs. */
  readonly constraintFiles?: readonly string[] | undefined;
  /** Report what would be done, and change nothing. */
  readonly dryRun?: boolean | undefined;
}

/**
 * Makes the environment match the files exactly. Does not resolve dependencies.
 * @throws WheelwrightError WHEELWRIGHT_BAD_INPUT for a requirement that is not pinned to one version.
 */
export async function sync(tool: Tool, options: SyncOptions): Promise<InstallOutcome> {
  return withCall(tool, options, (called) => syncWith(called, options));
}

async function syncWith(tool: Tool, options: SyncOptions): Promise<InstallOutcome> {
  const files = filesOf(tool, options);
  const place = await openOrMakePlace(tool, options);
  requireOwnPython(place, options);
  const { environment } = place;
  const { interpreter } = place;
  const resolution = files.some(isLockFile)
    ? await openLocked(tool, files, {
        ...options,
        environment,
        interpreter,
        openSources: openSourcesFor(tool, place, options),
      })
    : await openPinned(tool, place, files, options);
  try {
    if (options.dryRun === true) return { environment, resolved: resolution.distributions, change: undefined };
    const resolved = await resolution.fetch();
    const command = options.command ?? 'sync';
    const change = await applyResolved(tool, place, resolved, { ...options, command, exactKeep: keptNames });
    return { environment, resolved, change, basis: tool.basis.basis() };
  } finally {
    resolution.close();
  }
}

/** The named files, else the lock beside pyproject.toml. */
function filesOf(tool: Tool, { files = [] }: SyncOptions): readonly string[] {
  if (files.length > 0) return files;
  const found = findLockPath(tool.settings.workingDir);
  if (found !== undefined) return [found];
  throw new WheelwrightError('WHEELWRIGHT_USAGE', 'The request names no file, and there is no pylock.toml here.', {
    hint: 'Name a file of pins, or write a lock with ww lock.',
  });
}

/** The environment. If none is named or found, `.venv` is created. */
async function openOrMakePlace(tool: Tool, options: SyncOptions): Promise<Place> {
  try {
    return await openPlace(tool, options);
  } catch (error) {
    const isMissing = isCodedError(error, 'ENVIRONMENT_NOT_FOUND');
    if (!isMissing || options.environment !== undefined || options.target !== undefined) throw error;
    if (options.dryRun === true) throw error;
    await createVenv(tool, {});
    return openPlace(tool, options);
  }
}

/** Checks that requirements pin versions, or name files, directories and repositories. */
async function openPinned(
  tool: Tool,
  place: Place,
  files: readonly string[],
  options: SyncOptions,
): Promise<OpenResolution> {
  const asked = await readAskedFor(tool, place.interpreter, { ...options, requirementFiles: files });
  for (const input of asked.inputs) requirePinned(input);
  return openResolution(asked.tool, {
    ...asked,
    interpreter: place.interpreter,
    installed: installedCandidates(place.environment),
    noDeps: true,
    openSources: openSourcesFor(asked.tool, place, options),
  });
}

function openSourcesFor(tool: Tool, place: Place, options: SyncOptions): OpenSources {
  const choices = { ...readBuildChoices(options), interpreter: buildInterpreter(place, options) };
  return openBuildSources(tool, { ...choices, canBuild: !place.wheelsOnly });
}

function requirePinned(input: RequirementInput): void {
  if (input.kind === 'direct' || isPinned(input.requirement.specifiers) !== undefined) return;
  throw new WheelwrightError(
    'WHEELWRIGHT_BAD_INPUT',
    `${input.source} does not pin ${input.requirement.name} to one version.`,
    { hint: `Write ${input.requirement.name}==VERSION.` },
  );
}
