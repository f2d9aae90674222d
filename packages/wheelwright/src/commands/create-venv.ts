// An environment made: by a command of its own, and by one that is to put packages into it.
import path from 'node:path';
import { type CreateEnvironmentOptions, createEnvironment, type Environment } from '@wheelwright/python';
import { type CallOptions, withCall } from '../tool/call.ts';
import type { Tool } from '../tool/tool.ts';

/** Where an environment is made, and of what kind. */
export interface CreateVenvOptions extends CallOptions {
  /** Default: `.venv` in the working directory. */
  readonly dir?: string | undefined;
  /** A path, a name or a version; absent: the first interpreter on the search path. */
  readonly python?: string | undefined;
  /** What a shell shows while it is active; the name of the directory by default. */
  readonly prompt?: string | undefined;
  /** Whether it sees the packages of its interpreter too. */
  readonly systemSitePackages?: boolean | undefined;
  /** Replace an environment that is there; without it that one is kept and given back. */
  readonly clear?: boolean | undefined;
  /** Generations of its own (the default), generations that share their packages with others, or an ordinary venv. */
  readonly layout?: CreateEnvironmentOptions['layout'] | undefined;
}

/** Makes an environment; of several at once one makes it and the others take it. */
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
