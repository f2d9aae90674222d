// `ww freeze`
import { freeze as freezeInstalled } from 'wheelwright';
import { type PlaceFlags, readPlace } from '../place-options.ts';
import { type CommonOptions, runCommand } from '../run-command.ts';

export interface FreezeCommandOptions extends CommonOptions, PlaceFlags {
  readonly exclude?: readonly string[];
  readonly excludeEditable?: boolean;
}

export async function freeze(options: FreezeCommandOptions): Promise<void> {
  await runCommand(options, async (tool, output) => {
    const lines = await freezeInstalled(tool, {
      ...readPlace(options),
      exclude: options.exclude,
      excludeEditable: options.excludeEditable,
    });
    output.event({ event: 'frozen', lines });
    for (const line of lines) output.result(line);
  });
}
