// `sync`: the environment becomes exactly what a file of pins says, upgrades, removals and additions in one transaction.
import { isPinned, normalizeName } from '@wheelwright/packaging';
import { openPlace, type PlaceOptions } from '../environment/place.ts';
import type { Tool } from '../tool/tool.ts';
import { WheelwrightError } from '../tool/wheelwright-error.ts';
import { withFileOptions } from '../wheels/file-index-options.ts';
import { readRequirementInputs } from '../wheels/requirement-inputs.ts';
import { resolveWheels } from '../wheels/resolve-wheels.ts';
import type { CheckOptions } from './check.ts';
import {
  applyResolved,
  type InstallOptions,
  type InstallOutcome,
  installedCandidates,
  requireOwnPython,
} from './install.ts';

/** What stays in an environment although a file does not name it. */
const keptNames = ['pip', 'setuptools', 'wheel'].map((name) => normalizeName(name));

export type SyncOptions = Pick<
  InstallOptions,
  keyof PlaceOptions | 'dryRun' | 'compile' | 'onConflict' | 'command' | keyof CheckOptions
> & {
  /** Files of pins (`name==version`) and wheel paths. */
  readonly files: readonly string[];
};

/**
 * Makes the environment exactly what the files say; dependencies are not followed.
 * @throws WheelwrightError WHEELWRIGHT_BAD_INPUT for a requirement that is not pinned to one version.
 */
export async function sync(tool: Tool, options: SyncOptions): Promise<InstallOutcome> {
  const place = await openPlace(tool, options);
  requireOwnPython(place, options);
  const { environment, interpreter } = place;
  const { inputs, options: fileOptions } = readRequirementInputs({ ...tool.settings, requirementFiles: options.files });
  const { index } = withFileOptions(tool.settings.index, fileOptions);
  for (const input of inputs) {
    if (input.kind === 'tree')
      throw new WheelwrightError(
        'WHEELWRIGHT_BAD_INPUT',
        `${input.source} names a directory; a file to sync pins versions or names wheels.`,
      );
    if (input.kind === 'requirement' && isPinned(input.requirement.specifiers) === undefined)
      throw new WheelwrightError(
        'WHEELWRIGHT_BAD_INPUT',
        `${input.source} does not pin ${input.requirement.name} to one version.`,
        { hint: `Write ${input.requirement.name}==VERSION.` },
      );
  }
  const resolved = await resolveWheels(fileOptions.length === 0 ? tool : tool.withIndex(index), {
    inputs,
    interpreter,
    installed: installedCandidates(environment),
    noDeps: true,
  });
  if (options.dryRun === true) return { environment, resolved, change: undefined };
  const change = await applyResolved(tool, environment, interpreter, resolved, {
    ...options,
    command: options.command ?? 'sync',
    exactKeep: keptNames,
  });
  return { environment, resolved, change };
}
