// `sync`: the environment becomes exactly what a file of pins says, upgrades, removals and additions in one transaction.

import path from 'node:path';
import { isCodedError } from '@wheelwright/errors';
import { isPinned, normalizeName } from '@wheelwright/packaging';
import { openBuildSources } from '../build/build.ts';
import { openPlace, type Place } from '../environment/place.ts';
import { pinsOfLock } from '../lock/lock-pins.ts';
import { findLockPath, isLockFile, readLock } from '../lock/read-lock.ts';
import { withCall } from '../tool/call.ts';
import type { Tool } from '../tool/tool.ts';
import { WheelwrightError } from '../tool/wheelwright-error.ts';
import { readFormatControl } from '../wheels/format-control.ts';
import type { ChoiceOptions } from '../wheels/input-options.ts';
import { installedCandidates } from '../wheels/installed-candidates.ts';
import { readAskedFor } from '../wheels/read-asked-for.ts';
import type { RequirementInput } from '../wheels/requirement-inputs.ts';
import type { OpenResolution } from '../wheels/resolution.ts';
import { openPins, openResolution } from '../wheels/resolve-wheels.ts';
import { type ApplyOptions, applyResolved } from './apply-resolved.ts';
import { type BuildChoices, readBuildChoices } from './build-choices.ts';
import { createVenv } from './create-venv.ts';
import { type InstallOutcome, requireOwnPython } from './install.ts';

/** What stays in an environment although a file does not name it. */
const keptNames = ['pip', 'setuptools', 'wheel'].map((name) => normalizeName(name));

/** What the environment becomes, and how. */
export interface SyncOptions extends ChoiceOptions, BuildChoices, Omit<ApplyOptions, 'exactKeep' | 'forceReinstall'> {
  /**
   * A lock (`pylock.toml`), or files that pin (`name==version`) and name wheels, sdists, directories and URLs; `-` is the
   * standard input. None: the lock beside pyproject.toml.
   */
  readonly files?: readonly string[] | undefined;
  /** Extras of a lock. */
  readonly extras?: readonly string[] | undefined;
  /** Dependency groups of a lock; its default groups where none are named. */
  readonly groups?: readonly string[] | undefined;
  /** False: the project that a lock belongs to is left out. */
  readonly installProject?: boolean | undefined;
  /** Files of constraints: paths or URLs. */
  readonly constraintFiles?: readonly string[] | undefined;
  /** Say what would be done, change nothing. */
  readonly dryRun?: boolean | undefined;
}

/**
 * Makes the environment exactly what the files say; dependencies are not followed.
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
  const resolution = files.some(isLockFile)
    ? await openLocked(tool, place, files, options)
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

/** What is named, else the lock beside pyproject.toml. */
function filesOf(tool: Tool, { files = [] }: SyncOptions): readonly string[] {
  if (files.length > 0) return files;
  const found = findLockPath(tool.settings.workingDir);
  if (found !== undefined) return [found];
  throw new WheelwrightError('WHEELWRIGHT_USAGE', 'No file is named, and there is no pylock.toml here.', {
    hint: 'Name a file of pins, or write a lock with ww lock.',
  });
}

/** The environment that is meant; where none is named and there is none, `.venv` is made. */
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

/** A lock decides alone: what else it should hold belongs into it. */
async function openLocked(
  tool: Tool,
  { environment, interpreter, wheelsOnly }: Place,
  files: readonly string[],
  options: SyncOptions,
): Promise<OpenResolution> {
  const [file, ...others] = files;
  if (others.length > 0)
    throw new WheelwrightError('WHEELWRIGHT_USAGE', 'A lock is synced alone, and other files are named beside it.', {
      hint: 'Name the lock only.',
    });
  const lockPath = path.resolve(tool.settings.workingDir, file!);
  tool.basis.readFile(lockPath);
  const locked = await readLock(lockPath);
  if (locked === undefined)
    throw new WheelwrightError('WHEELWRIGHT_BAD_INPUT', `${lockPath} does not exist.`, { data: { path: lockPath } });
  if (locked.lock.packages.some(({ directory }) => directory !== undefined)) tool.basis.isUncertain();
  const openSources = openBuildSources(tool, { ...readBuildChoices(options), interpreter, canBuild: !wheelsOnly });
  const isProject = (dir: string) => path.resolve(path.dirname(lockPath), dir) === path.dirname(lockPath);
  return openPins(tool, { interpreter, openSources }, ({ opener }) =>
    pinsOfLock(locked, opener, {
      interpreter,
      environment,
      extras: options.extras,
      groups: options.groups,
      formatsOf: readFormatControl(options.formats ?? []),
      leaveOut: (_name, { directory }) =>
        options.installProject === false && directory !== undefined && isProject(directory.path),
    }),
  );
}

/** Requirements that pin versions, or name files, directories and repositories. */
async function openPinned(
  tool: Tool,
  { environment, interpreter, wheelsOnly }: Place,
  files: readonly string[],
  options: SyncOptions,
): Promise<OpenResolution> {
  const asked = await readAskedFor(tool, interpreter, { ...options, requirementFiles: files });
  for (const input of asked.inputs) requirePinned(input);
  return openResolution(asked.tool, {
    ...asked,
    interpreter,
    installed: installedCandidates(environment),
    noDeps: true,
    openSources: openBuildSources(asked.tool, { ...readBuildChoices(options), interpreter, canBuild: !wheelsOnly }),
  });
}

function requirePinned(input: RequirementInput): void {
  if (input.kind === 'direct' || isPinned(input.requirement.specifiers) !== undefined) return;
  throw new WheelwrightError(
    'WHEELWRIGHT_BAD_INPUT',
    `${input.source} does not pin ${input.requirement.name} to one version.`,
    { hint: `Write ${input.requirement.name}==VERSION.` },
  );
}
