// `ww locks`
import { locks as inspectLocks } from 'wheelwright';
import { type CommonOptions, runCommand } from '../run-command.ts';

export async function locks(options: CommonOptions & { readonly python?: string }): Promise<void> {
  await runCommand(options, async (tool, output) => {
    const found = await inspectLocks(tool, { environment: options.python });
    output.event({ event: 'lock', ...found });
    output.result(`${found.path} ${found.state}`);
    for (const { pid, purpose, since } of found.holders)
      output.result(
        `  ${purpose ?? 'unknown'}${pid === undefined ? '' : ` (pid ${pid})`}${since === undefined ? '' : ` since ${since}`}`,
      );
  });
}
