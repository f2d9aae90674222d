// `ww recover`
import { recover as recoverEnvironment } from 'wheelwright';
import { type CommonOptions, runCommand } from '../run-command.ts';

export async function recover(options: CommonOptions & { readonly python?: string }): Promise<void> {
  await runCommand(options, async (tool, output) => {
    const report = await recoverEnvironment(tool, { environment: options.python });
    const { finished, undone, removed } = report;
    output.event({ event: 'recovery', ...report });
    if (finished !== undefined) output.result(`finished generation ${finished}`);
    for (const generation of undone) output.result(`undid generation ${generation}`);
    for (const file of removed) output.result(`removed ${file}`);
    if (finished === undefined && undone.length + removed.length === 0) output.result('nothing to recover');
  });
}
