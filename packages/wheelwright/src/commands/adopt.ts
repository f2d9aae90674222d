// `adopt`: an environment of one layout becomes one of another, with everything that is in it.
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

/** Which environment becomes what. */
export interface AdoptOptions extends CallOptions {
  /** Its directory or its interpreter; absent: the active one. */
  readonly environment?: string | undefined;
  /** `own`, the default: generations that can be gone back to. `plain`: an ordinary venv. */
  readonly to?: 'own' | 'plain' | undefined;
  /** The command line, kept with the generation and shown to those who wait for the lock. */
  readonly command?: string | undefined;
}

/**
 * Turns an ordinary venv, whoever made it, into one with generations, or back. Old or new after a crash, and working at
 * every moment.
 * @throws InstallError INSTALL_UNSUPPORTED_ENVIRONMENT for a prefix that is no venv, INSTALL_IN_USE on the way back.
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
