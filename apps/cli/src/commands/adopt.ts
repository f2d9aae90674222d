// `ww adopt`
import { adopt as adoptEnvironment } from 'wheelwright';
import { count } from '../output.ts';
import { type CommonOptions, runCommand } from '../run-command.ts';

export async function adopt(
  options: CommonOptions & { readonly python?: string; readonly to?: 'own' | 'plain' },
): Promise<void> {
  await runCommand(options, async (tool, output) => {
    const { path, committed, distributions } = await adoptEnvironment(tool, {
      environment: options.python,
      to: options.to,
      command: options.to === 'plain' ? 'ww adopt --to plain' : 'ww adopt',
    });
    output.event({ event: 'adopted', path, to: options.to ?? 'own', committed, distributions });
    const what = options.to === 'plain' ? 'an ordinary venv' : 'an environment with generations';
    const content = ` with ${count(distributions, 'distribution')}`;
    output.message(committed ? `${path} is ${what} now,${content}` : `${path} is ${what} already`);
    output.result(path);
  });
}
