// `ww adopt`
import { adopt as adoptEnvironment } from 'wheelwright';
import { count } from '../display/units.ts';
import { type CommonOptions, runCommand } from '../run-command.ts';

export async function adopt(
  options: CommonOptions & { readonly python?: string; readonly to?: 'own' | 'plain' },
): Promise<void> {
  await runCommand(options, async (tool, output) => {
    const {
      path,
      committed,
      distributions,
      givenUp = [],
    } = await adoptEnvironment(tool, {
      environment: options.python,
      to: options.to,
      command: options.to === 'plain' ? 'ww adopt --to plain' : 'ww adopt',
    });
    output.event({ event: 'adopted', path, to: options.to ?? 'own', committed, distributions, givenUp });
    const what = options.to === 'plain' ? 'an ordinary venv' : 'an environment with generations';
    const content = ` with ${count(distributions, 'distribution')}`;
    const lost =
      givenUp.length === 0
        ? ''
        : `; ${givenUp.length === 1 ? 'generation' : 'generations'} ${words(givenUp)} ${givenUp.length === 1 ? 'was' : 'were'} given up`;
    output.message(committed ? `${path} is ${what} now,${content}${lost}` : `${path} is ${what} already`);
    output.result(path);
  });
}

/** `2`, `2 and 3`, `1, 2 and 3`. */
function words(numbers: readonly number[]): string {
  return numbers.join(', ').replace(/, (\d+)$/, ' and $1');
}
