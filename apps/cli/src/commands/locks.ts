// `ww locks`
import { breakLocks, locks as inspectLocks } from 'wheelwright';
import { count } from '../display/units.ts';
import { type CommonOptions, runCommand } from '../run-command.ts';

export async function locks(
  options: CommonOptions & { readonly python?: string; readonly break?: boolean },
): Promise<void> {
  await runCommand(options, async (tool, output) => {
    if (options.break === true) {
      const broken = await breakLocks(tool, { environment: options.python });
      output.event({ event: 'lock-broken', holders: broken });
      return output.result(
        broken.length === 0 ? 'there was nothing to break' : `broke ${count(broken.length, 'lock')}`,
      );
    }
    const found = await inspectLocks(tool, { environment: options.python });
    output.event({ event: 'lock', ...found });
    output.result(`${found.path} ${found.state}`);
    for (const { pid, purpose, since } of found.holders)
      output.result(
        `  ${purpose ?? 'unknown'}${pid === undefined ? '' : ` (pid ${pid})`}${since === undefined ? '' : ` since ${since}`}`,
      );
  });
}
