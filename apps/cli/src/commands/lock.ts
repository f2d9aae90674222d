// `ww lock`: what is locked, and what the lock holds now.
import { lock as lockRequirements } from 'wheelwright';
import { type BuildFlags, readBuild } from '../build-flags.ts';
import { type ChoiceFlags, readChoices } from '../choice-options.ts';
import { type CommonOptions, runCommand } from '../run-command.ts';

export interface LockCommandOptions extends CommonOptions, ChoiceFlags, BuildFlags {
  readonly requirement?: readonly string[];
  readonly constraint?: readonly string[];
  readonly override?: readonly string[];
  readonly python?: readonly string[];
  readonly platform?: readonly string[];
  readonly output?: string;
  readonly upgrade?: readonly string[] | boolean;
  readonly check?: boolean;
}

export async function lock(requirements: readonly string[], options: LockCommandOptions): Promise<void> {
  await runCommand(options, async (tool, output) => {
    const {
      path,
      lock: made,
      changed,
    } = await lockRequirements(tool, {
      ...readChoices(options),
      ...readBuild(options),
      requirements,
      requirementFiles: options.requirement,
      constraintFiles: options.constraint,
      overrideFiles: options.override,
      pythons: options.python,
      platforms: options.platform,
      file: options.output,
      upgrade: options.upgrade,
      check: options.check,
    });
    const packages = made.packages.map(({ name, version }) => ({ name, version: version?.text }));
    output.event({ event: 'locked', path, changed, packages });
    const what = `${packages.length} ${packages.length === 1 ? 'package' : 'packages'}`;
    output.result(changed ? `locked ${what} in ${path}` : `nothing to do: ${path} locks ${what}`);
  });
}
