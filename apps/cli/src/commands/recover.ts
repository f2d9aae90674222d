// `ww recover`
import { recover as recoverEnvironment } from 'wheelwright';
import { type CommonOptions, runCommand } from '../run-command.ts';

export async function recover(options: CommonOptions & { readonly python?: string }): Promise<void> {
  await runCommand(options, async (tool, output) => {
    const report = await recoverEnvironment(tool, { environment: options.python });
    output.event({ event: 'recovery', ...report });
    for (const action of report.actions) output.result(action);
    if (report.actions.length === 0) output.result('nothing to recover');
  });
}
