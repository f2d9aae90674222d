// `ww venv [DIR]`
import { type CreateVenvOptions, createVenv, exportVenv } from 'wheelwright';
import { type CommonOptions, runCommand } from '../run-command.ts';

export interface VenvOptions extends CommonOptions {
  readonly python?: string;
  readonly prompt?: string;
  readonly systemSitePackages?: boolean;
  readonly clear?: boolean;
  readonly layout?: CreateVenvOptions['layout'];
  readonly with?: readonly string[];
  readonly requirement?: readonly string[];
  readonly export?: boolean;
}

export async function venv(dir: string, options: VenvOptions): Promise<void> {
  await runCommand(options, async (tool, output) => {
    if (options.export === true) {
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
        ? `Made ${environment.dir} with Python ${environment.pythonVersion}`
        : `${environment.dir} is there already`,
    );
    const { with: requirements = [], requirement: requirementFiles = [] } = options;
    if (requirements.length + requirementFiles.length > 0) {
      // One process does both: the second would load, open and look up all of this again.
      const { installInto } = await import('./install.ts');
      const command = ['ww venv', dir, ...requirements.map((requirement) => `--with ${requirement}`)].join(' ');
      await installInto(tool, output, { environment: environment.dir, requirements, requirementFiles, command });
    }
    output.result(environment.dir);
  });
}
