// `ww recover`
import { exitCodes, recover as recoverEnvironment } from 'wheelwright';
import { count } from '../output.ts';
import { type PlaceFlags, readPlace } from '../place-options.ts';
import { type CommonOptions, runCommand } from '../run-command.ts';

export async function recover(options: CommonOptions & PlaceFlags): Promise<void> {
  await runCommand(options, async (tool, output) => {
    const report = await recoverEnvironment(tool, readPlace(options));
    const { finished, undone, removed, changed, others } = report;
    output.event({ event: 'recovery', ...report });
    if (finished !== undefined) output.result(`finished generation ${finished}`);
    if (changed !== undefined) {
      output.result(changed.length > 0 ? `finished a change of ${count(changed.length, 'path')}` : 'undid a change');
      // What another program had put there meanwhile is told as by a change that meets it.
      for (const { path, keptAt } of others?.displaced ?? []) output.result(`kept ${path} as ${keptAt}`);
      for (const path of others?.left ?? []) output.result(`left ${path}, which somebody changed`);
      for (const path of others?.takenOut ?? []) output.result(`missed ${path}, which somebody removed`);
      return others === undefined ? exitCodes.done : exitCodes.conflict;
    }
    for (const generation of undone) output.result(`undid generation ${generation}`);
    for (const file of removed) output.result(`removed ${file}`);
    if (finished === undefined && undone.length + removed.length === 0) output.result('nothing to recover');
    return exitCodes.done;
  });
}
