// `venv`: makes an environment. Commands that install into a new environment use it too.
import path from 'node:path';
import { type CreateEnvironmentOptions, createEnvironment, type Environment } from '@wheelwright/python';
import { type CallOptions, withCall } from '../tool/call.ts';
import type { Tool } from '../tool/tool.ts';

/** Options of a new environment. */
export interface CreateVenvOptions extends CallOptions {
  /** Default: `.venv` in the working directory. */
  readonly dir?: string | undefined;
  /** A path, a name or a version of a Python; the first interpreter on the search path if absent. */
  readonly python?: string | undefined;
  /** What a shell shows while the environment is active; the name of the directory by default. */
  readonly prompt?: string | undefined;
  /** Whether it can also import the packages of its interpreter. */
  readonly systemSitePackages?: boolean | undefined;
  /** Replace an existing environment. Without it, the existing one is returned. */
  readonly clear?: boolean | undefined;
  /** `own` (default): generations of its own. `shared`: generations that share their packages. `plain`: an ordinary venv. */
  readonly layout?: CreateEnvironmentOptions['layout'] | undefined;
}

/** Makes an environment. If several processes do so at once, one makes it and the others use it. */
export async function createVenv(
  tool: Tool,
  options: CreateVenvOptions = {},
): Promise<{ environment: Environment; created: boolean }> {
  return withCall(tool, options, (called) => createVenvWith(called, options));
}

async function createVenvWith(
  tool: Tool,
  options: CreateVenvOptions,
): Promise<{ environment: Environment; created: boolean }> {
  const dir = path.resolve(tool.settings.workingDir, options.dir ?? '.venv');
  const interpreter = await tool.interpreter(options.python);
  return createEnvironment(dir, {
    command: 'ww venv',
    interpreter,
    layout: options.layout ?? 'own',
    lockTimeoutMs: tool.settings.lockTimeoutMs,
    ...(tool.signal === undefined ? {} : { signal: tool.signal }),
    ...(options.prompt === undefined ? {} : { prompt: options.prompt }),
    ...(options.systemSitePackages === undefined ? {} : { systemSitePackages: options.systemSitePackages }),
    ...(options.clear === undefined ? {} : { clear: options.clear }),
  });
}
