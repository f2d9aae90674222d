// `ww generations`
import { generations as listGenerations } from 'wheelwright';
import { count } from '../display/output.ts';
import { type CommonOptions, runCommand } from '../run-command.ts';

export async function generations(options: CommonOptions & { readonly python?: string }): Promise<void> {
  await runCommand(options, async (tool, output) => {
    const found = listGenerations(tool, { environment: options.python });
    output.event({ event: 'generations', generations: found });
    if (found.length === 0) output.message('It keeps no generations: it is changed in place (ww adopt gives it some)');
    for (const { number, current, created, command, distributions } of found)
      output.result(
        `${current ? '*' : ' '} ${number}  ${created ?? '?'}  ${count(distributions.length, 'distribution')}  ${command ?? ''}`.trimEnd(),
      );
  });
}
