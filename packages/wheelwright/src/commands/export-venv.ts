// `venv --export`: converts an environment from layout shared to layout own.
import { type ChangeResult, exportEnvironment } from '@wheelwright/installer';
import { waitOptions } from '../environment/change-defaults.ts';
import { type CallOptions, withCall } from '../tool/call.ts';
import { tellCommitted } from '../tool/events.ts';
import type { Tool } from '../tool/tool.ts';

/** Converts an environment from layout shared to layout own. `committed: false`: it already was of layout own. */
export async function exportVenv(
  tool: Tool,
  options: CallOptions & { readonly environment?: string | undefined; readonly command?: string | undefined } = {},
): Promise<ChangeResult & { readonly path: string }> {
  return withCall(tool, options, (called) => exportVenvWith(called, options));
}

async function exportVenvWith(
  tool: Tool,
  options: CallOptions & { readonly environment?: string | undefined; readonly command?: string | undefined },
): Promise<ChangeResult & { readonly path: string }> {
  const { dir } = tool.environment(options.environment);
  const started = Date.now();
  const change = await exportEnvironment(dir, { ...waitOptions(tool, dir), command: options.command ?? 'export' });
  tellCommitted(tool, dir, change, started);
  return { ...change, path: dir };
}
