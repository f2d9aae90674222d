// `ww uninstall NAME…`
import { uninstall as uninstallNames } from 'wheelwright';
import { printChange, summarize } from '../display/account.ts';
import { type PlaceFlags, readPlace } from '../place-options.ts';
import { type CommonOptions, runCommand } from '../run-command.ts';

export async function uninstall(names: readonly string[], options: CommonOptions & PlaceFlags): Promise<void> {
  await runCommand(options, async (tool, output) => {
    const startedMs = Date.now();
    output.accounts = true;
    const { removed, generation } = await uninstallNames(tool, {
      ...readPlace(options),
      names,
      command: ['ww uninstall', ...names].join(' '),
    });
    output.event({ event: 'changed', generation, installed: [], upgraded: [], removed });
    const change = { installed: [], upgraded: [], removed, generation };
    printChange(output, change);
    if (removed.length > 0) output.message(summarize(change, Date.now() - startedMs));
  });
}
