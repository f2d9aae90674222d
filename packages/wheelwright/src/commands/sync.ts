// `sync`: the environment becomes exactly what a file of pins says, upgrades, removals and additions in one transaction.
import { isPinned, normalizeName } from '@wheelwright/packaging';
import { openBuildSources } from '../build/build.ts';
import { openPlace } from '../environment/place.ts';
import { withCall } from '../tool/call.ts';
import type { Tool } from '../tool/tool.ts';
import { WheelwrightError } from '../tool/wheelwright-error.ts';
import type { ChoiceOptions } from '../wheels/input-options.ts';
import { installedCandidates } from '../wheels/installed-candidates.ts';
import { readAskedFor } from '../wheels/read-asked-for.ts';
import type { RequirementInput } from '../wheels/requirement-inputs.ts';
import { resolveWheels } from '../wheels/resolve-wheels.ts';
import { type ApplyOptions, applyResolved } from './apply-resolved.ts';
import { type BuildChoices, readBuildChoices } from './build-choices.ts';
import { type InstallOutcome, requireOwnPython } from './install.ts';

/** What stays in an environment although a file does not name it. */
const keptNames = ['pip', 'setuptools', 'wheel'].map((name) => normalizeName(name));

/** What the environment becomes, and how. */
export interface SyncOptions extends ChoiceOptions, BuildChoices, Omit<ApplyOptions, 'exactKeep' | 'forceReinstall'> {
  /** Files that pin (`name==version`) and name wheels, sdists, directories and URLs. `-`: the standard input. */
  readonly files: readonly string[];
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
  const place = await openPlace(tool, options);
  requireOwnPython(place, options);
  const { environment, interpreter, wheelsOnly } = place;
  const asked = await readAskedFor(tool, interpreter, { ...options, requirementFiles: options.files });
  for (const input of asked.inputs) requirePinned(input);
  const resolved = await resolveWheels(asked.tool, {
    ...asked,
    interpreter,
    installed: installedCandidates(environment),
    noDeps: true,
    openSources: openBuildSources(asked.tool, { ...readBuildChoices(options), interpreter, canBuild: !wheelsOnly }),
  });
  if (options.dryRun === true) return { environment, resolved, change: undefined };
  const command = options.command ?? 'sync';
  const change = await applyResolved(tool, place, resolved, { ...options, command, exactKeep: keptNames });
  return { environment, resolved, change, basis: tool.basis.basis() };
}

function requirePinned(input: RequirementInput): void {
  if (input.kind === 'direct' || isPinned(input.requirement.specifiers) !== undefined) return;
  throw new WheelwrightError(
    'WHEELWRIGHT_BAD_INPUT',
    `${input.source} does not pin ${input.requirement.name} to one version.`,
    { hint: `Write ${input.requirement.name}==VERSION.` },
  );
}
