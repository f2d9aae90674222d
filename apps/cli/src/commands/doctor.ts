// `ww doctor`
import { doctor as examine, exitCodes } from 'wheelwright';
import { count } from '../display/units.ts';
import { type CommonOptions, runCommand } from '../run-command.ts';

export async function doctor(options: CommonOptions & { readonly python?: string }): Promise<void> {
  await runCommand(options, async (tool, output) => {
    const { environment, findings } = await examine(tool, { environment: options.python });
    for (const finding of findings) {
      output.event({ event: 'finding', ...finding });
      output.result(`${finding.severity}: ${finding.text} ${finding.proposal}`);
    }
    const problems = findings.filter(({ severity }) => severity === 'problem').length;
    const notes = findings.length - problems;
    output.event({ event: 'diagnosis', environment: environment?.dir, problems, notes });
    output.result(problems === 0 ? 'nothing is wrong' : count(problems, 'problem'));
    return problems === 0 ? exitCodes.done : exitCodes.conflict;
  });
}
