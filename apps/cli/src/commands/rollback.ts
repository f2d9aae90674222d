// `ww rollback [N]`
import { rollBackTo, WheelwrightError } from 'wheelwright';
import { printChange } from '../display/account.ts';
import { type CommonOptions, runCommand } from '../run-command.ts';

export async function rollback(
  generation: string | undefined,
  options: CommonOptions & { readonly python?: string },
): Promise<void> {
  await runCommand(options, async (tool, output) => {
    if (generation !== undefined && !/^\d+$/.test(generation))
      throw new WheelwrightError('WHEELWRIGHT_USAGE', `${generation} is not the number of a generation.`);
    const change = await rollBackTo(tool, {
      environment: options.python,
      generation: generation === undefined ? undefined : Number(generation),
    });
    output.event({ event: 'rolled-back', ...change });
    printChange(output, { ...change, upgraded: change.changed });
    output.result(`generation ${change.generation}`);
  });
}
