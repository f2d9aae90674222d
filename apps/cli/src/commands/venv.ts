// `ww venv [DIR]`
import { type CreateVenvOptions, createVenv, exportVenv } from 'wheelwright';
import { type CommonOptions, runCommand } from '../run-command.ts';

export interface VenvOptions extends CommonOptions {
  readonly python?: string;
  readonly prompt?: string;
  readonly systemSitePackages?: boolean;
  readonly clear?: boolean;
  readonly layout?: CreateVenvOptions['layout'];
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
    output.result(environment.dir);
  });
}
