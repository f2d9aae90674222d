// `ww uninstall NAME…`
import { uninstall as uninstallNames, WheelwrightError } from 'wheelwright';
import { printChange, summarize } from '../display/account.ts';
import { type PlaceFlags, readPlace } from '../place-options.ts';
import { type CommonOptions, runCommand } from '../run-command.ts';

export interface UninstallCommandOptions extends CommonOptions, PlaceFlags {
  readonly requirement?: readonly string[];
}

export async function uninstall(names: readonly string[], options: UninstallCommandOptions): Promise<void> {
  await runCommand(options, async (tool, output) => {
    const { requirement: requirementFiles = [] } = options;
    if (names.length + requirementFiles.length === 0)
      throw new WheelwrightError('WHEELWRIGHT_USAGE', 'Nothing to uninstall was named.', {
        hint: 'Name a distribution, or a requirements file with -r.',
      });
    const startedMs = Date.now();
    output.accounts = true;
    const { removed, generation } = await uninstallNames(tool, {
      ...readPlace(options),
      names,
      requirementFiles,
      command: ['ww uninstall', ...names].join(' '),
    });
    output.event({ event: 'changed', generation, installed: [], upgraded: [], removed });
    const change = { installed: [], upgraded: [], removed, generation };
    printChange(output, change);
    if (removed.length > 0) output.message(summarize(change, Date.now() - startedMs));
  });
}
