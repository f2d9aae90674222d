// `ww generations`
import { generations as listGenerations } from 'wheelwright';
import { count, megabytes } from '../display/units.ts';
import { type CommonOptions, runCommand } from '../run-command.ts';

export async function generations(options: CommonOptions & { readonly python?: string }): Promise<void> {
  await runCommand(options, async (tool, output) => {
    const found = listGenerations(tool, { environment: options.python });
    output.event({ event: 'generations', generations: found });
    if (found.length === 0) output.message('It keeps no generations: it is changed in place (ww adopt gives it some)');
    for (const { number, current, created, command, distributions, ownBytes } of found)
      output.result(
        `${current ? '*' : ' '} ${number}  ${created ?? '?'}  ${count(distributions.length, 'distribution')}  ${megabytes(ownBytes)}  ${command ?? ''}`.trimEnd(),
      );
    if (found.length > 0)
      output.message(
        'Kept are the current one and the one before it, those replaced less than an hour ago, and those that a process still reads; the sizes are what each takes for itself alone. The next change removes the others.',
      );
  });
}
