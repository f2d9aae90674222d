// `adopt`: converts an environment from one layout to another, with everything in it.
import {
  adoptEnvironment,
  type ConvertResult,
  exportEnvironment,
  makePlain,
  readInstalledState,
} from '@wheelwright/installer';
import { waitOptions } from '../environment/change-defaults.ts';
import { type CallOptions, withCall } from '../tool/call.ts';
import type { Tool } from '../tool/tool.ts';

/** Which environment to convert, and to which layout. */
export interface AdoptOptions extends CallOptions {
  /** Its directory or its interpreter; the active environment if absent. */
  readonly environment?: string | undefined;
  /** `own` (default): an environment with generations. `plain`: an ordinary venv. */
  readonly to?: 'own' | 'plain' | undefined;
  /** The command line. It is recorded in the generation and shown to processes that wait for the lock. */
  readonly command?: string | undefined;
}

/**
 * Converts an ordinary venv of any tool to an environment with generations, or back. After a crash the environment has the
 * old or the new layout, and the same call finishes the work. An environment of the layout `shared` first becomes `own`,
 * then plain: after a crash it may also have the layout `own`. It works at every moment.
 * @throws InstallError INSTALL_UNSUPPORTED_ENVIRONMENT for a prefix that is not a venv, INSTALL_IN_USE on the way back.
 */
export async function adopt(
  tool: Tool,
  options: AdoptOptions = {},
): Promise<ConvertResult & { readonly path: string }> {
  return withCall(tool, options, (called) => adoptWith(called, options));
}

async function adoptWith(tool: Tool, options: AdoptOptions): Promise<ConvertResult & { readonly path: string }> {
  const { dir } = tool.environment(options.environment);
  const given = { ...waitOptions(tool, dir), command: options.command ?? 'ww adopt' };
  if (options.to !== 'plain') return { path: dir, ...(await adoptEnvironment(dir, given)) };
  if (readInstalledState(dir).shared !== undefined) await exportEnvironment(dir, given);
  return { path: dir, ...(await makePlain(dir, given)) };
}
