// `ww download` and `ww wheel`
import { download as downloadFiles } from 'wheelwright';
import { type ChoiceFlags, readChoices } from '../choice-options.ts';
import { type PlaceFlags, readPlace } from '../place-options.ts';
import { type CommonOptions, runCommand } from '../run-command.ts';

export interface DownloadCommandOptions extends CommonOptions, PlaceFlags, ChoiceFlags {
  readonly requirement?: readonly string[];
  readonly constraint?: readonly string[];
  readonly deps?: boolean;
  readonly dest?: string;
  readonly wheelDir?: string;
}

export async function download(
  requirements: readonly string[],
  options: DownloadCommandOptions,
  buildsSdists = false,
): Promise<void> {
  await runCommand(options, async (tool, output) => {
    const { environment, platforms, pythonVersion, implementation, abis } = readPlace(options);
    const files = await downloadFiles(tool, {
      environment,
      platforms,
      pythonVersion,
      implementation,
      abis,
      requirements,
      requirementFiles: options.requirement,
      constraintFiles: options.constraint,
      noDeps: options.deps === false,
      ...readChoices(options),
      dir: options.dest ?? options.wheelDir,
      buildsSdists,
    });
    output.event({ event: 'files', files });
    for (const { path } of files) output.result(path);
    const present = files.filter(({ fetched }) => !fetched).length;
    if (present > 0) output.message(`${present} of ${files.length} were there already`);
  });
}
