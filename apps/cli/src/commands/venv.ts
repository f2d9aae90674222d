// `ww venv [DIR]`
import { createVenv } from 'wheelwright';
import { type CommonOptions, runCommand } from '../run-command.ts';

export interface VenvOptions extends CommonOptions {
  readonly python?: string;
  readonly prompt?: string;
  readonly systemSitePackages?: boolean;
  readonly clear?: boolean;
  readonly layout?: 'own' | 'plain';
}

export async function venv(dir: string, options: VenvOptions): Promise<void> {
  await runCommand(options, async (tool, output) => {
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
