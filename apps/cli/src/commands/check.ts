// `ww check`: what installed distributions require of each other in vain.
import { check as checkInstalled, exitCodes } from 'wheelwright';
import { count } from '../display/units.ts';
import { type PlaceFlags, readPlace } from '../place-options.ts';
import { type CommonOptions, runCommand } from '../run-command.ts';

export async function check(options: CommonOptions & PlaceFlags): Promise<void> {
  await runCommand(options, async (tool, output) => {
    const unmet = await checkInstalled(tool, readPlace(options));
    output.event({ event: 'checked-requirements', unmet });
    for (const { name, version, requirement, found } of unmet)
      output.result(
        `${name} ${version} requires ${requirement}, ${found === undefined ? 'which is not installed' : `and ${found} is installed`}`,
      );
    output.result(unmet.length === 0 ? 'All requirements are met' : count(unmet.length, 'unmet requirement'));
    return unmet.length === 0 ? exitCodes.done : exitCodes.conflict;
  });
}
