// `ww uninstall NAME…`
import { uninstall as uninstallNames } from 'wheelwright';
import { type CommonOptions, runCommand } from '../run-command.ts';

export async function uninstall(
  names: readonly string[],
  options: CommonOptions & { readonly python?: string },
): Promise<void> {
  await runCommand(options, async (tool, output) => {
    const { removed, generation } = await uninstallNames(tool, {
      environment: options.python,
      names,
      command: ['ww uninstall', ...names].join(' '),
    });
    output.event({ event: 'changed', generation, installed: [], upgraded: [], removed });
    for (const { name, version } of removed) output.result(`- ${name} ${version}`);
  });
}
