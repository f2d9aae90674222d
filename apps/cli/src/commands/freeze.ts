// `ww freeze`
import { freeze as freezeInstalled } from 'wheelwright';
import { type PlaceFlags, readPlace } from '../place-options.ts';
import { type CommonOptions, runCommand } from '../run-command.ts';

export async function freeze(options: CommonOptions & PlaceFlags): Promise<void> {
  await runCommand(options, async (tool, output) => {
    const lines = await freezeInstalled(tool, readPlace(options));
    output.event({ event: 'frozen', lines });
    for (const line of lines) output.result(line);
  });
}
