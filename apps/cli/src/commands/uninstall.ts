// `ww uninstall NAME…`
import { uninstall as uninstallNames } from 'wheelwright';
import { type PlaceFlags, readPlace } from '../place-options.ts';
import { type CommonOptions, runCommand } from '../run-command.ts';

export async function uninstall(names: readonly string[], options: CommonOptions & PlaceFlags): Promise<void> {
  await runCommand(options, async (tool, output) => {
    const { removed, generation } = await uninstallNames(tool, {
      ...readPlace(options),
      names,
      command: ['ww uninstall', ...names].join(' '),
    });
    output.event({ event: 'changed', generation, installed: [], upgraded: [], removed });
    for (const { name, version } of removed) output.result(`- ${name} ${version}`);
  });
}
