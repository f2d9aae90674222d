// `ww verify`
import { exitCodes, verify as verifyInstalled } from 'wheelwright';
import { count } from '../display/units.ts';
import { type PlaceFlags, readPlace } from '../place-options.ts';
import { type CommonOptions, runCommand } from '../run-command.ts';

export async function verify(options: CommonOptions & PlaceFlags): Promise<void> {
  await runCommand(options, async (tool, output) => {
    const report = await verifyInstalled(tool, readPlace(options));
    output.event({ event: 'verified', ...report });
    for (const { kind, path, owners } of report.problems)
      output.result(`${kind} ${path}${owners.length > 0 ? ` (${owners.join(', ')})` : ''}`);
    output.result(
      report.problems.length === 0
        ? `${count(report.distributions, 'distribution')} and ${count(report.files, 'file')} are as RECORD says`
        : count(report.problems.length, 'problem'),
    );
    return report.problems.length === 0 ? exitCodes.done : exitCodes.conflict;
  });
}
