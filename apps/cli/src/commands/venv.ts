// `ww venv [DIR]`
import path from 'node:path';
import { type CreateVenvOptions, createVenv, exportVenv, shellLine, WheelwrightError } from 'wheelwright';
import { type CommonOptions, runCommand } from '../run-command.ts';

export interface VenvOptions extends CommonOptions {
  readonly python?: string;
  readonly prompt?: string;
  readonly systemSitePackages?: boolean;
  readonly clear?: boolean;
  readonly layout?: CreateVenvOptions['layout'];
  readonly with?: readonly string[];
  readonly requirement?: readonly string[];
  readonly seed?: boolean;
  readonly export?: boolean;
}

export async function venv(dir: string, options: VenvOptions): Promise<void> {
  await runCommand(options, async (tool, output) => {
    if (options.export === true) {
      requireAlone(options);
      const { committed, path } = await exportVenv(tool, { environment: dir, command: `ww venv --export ${dir}` });
      output.event({ event: 'exported', path, committed });
      output.message(committed ? `${path} holds its packages itself now` : `${path} holds its packages itself already`);
      return output.result(path);
    }
    const { environment, created } = await createVenv(tool, {
      dir,
      python: options.python,
      prompt: options.prompt,
      systemSitePackages: options.systemSitePackages,
      clear: options.clear,
      layout: options.layout,
    });
    output.event({ event: 'environment', path: environment.dir, python: environment.pythonVersion, created });
    output.message(
      created
        ? `Made ${environment.dir} with Python ${environment.pythonVersion}; activate it: source ${shellLine([path.join(environment.dir, 'bin', 'activate')])}`
        : `${environment.dir} is there already`,
    );
    if (created) output.did(`${environment.dir} was made`);
    const { with: named = [], requirement: requirementFiles = [] } = options;
    const requirements = options.seed === true ? ['pip', ...named] : named;
    if (requirements.length + requirementFiles.length > 0) {
      // One process does both: the second would load, open and look up all of this again.
      const { installInto } = await import('./install.ts');
      const command = ['ww venv', dir, ...requirements.map((requirement) => `--with ${requirement}`)].join(' ');
      await installInto(tool, output, { environment: environment.dir, requirements, requirementFiles, command });
    }
    output.result(environment.dir);
  });
}

/** What says how an environment is made, or what goes into it, says nothing to one that is there. */
function requireAlone(options: VenvOptions): void {
  const { python, prompt, systemSitePackages, clear, layout, with: requirements, requirement, seed } = options;
  const others = {
    '--python': python,
    '--with': requirements,
    '-r': requirement,
    '--seed': seed,
    '--clear': clear,
    '--layout': layout,
    '--prompt': prompt,
    '--system-site-packages': systemSitePackages,
  };
  const given = Object.entries(others).flatMap(([name, value]) => (value === undefined ? [] : name));
  if (given.length === 0) return;
  throw new WheelwrightError(
    'WHEELWRIGHT_USAGE',
    `--export changes an environment that is there; it does not go with ${given.join(', ')}.`,
  );
}
