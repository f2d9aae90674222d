// `venv --export`: an environment that shares its packages holds them itself afterwards.
import { type ChangeResult, exportEnvironment } from '@wheelwright/installer';
import { waitOptions } from '../environment/change-defaults.ts';
import { type CallOptions, withCall } from '../tool/call.ts';
import { tellCommitted } from '../tool/events.ts';
import type { Tool } from '../tool/tool.ts';

/** Makes an environment that shares its packages own; `committed: false`: it was so already. */
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
