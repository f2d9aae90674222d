// `--check`: what a staged environment has to pass before anybody may see it, as the installer wants it.
import { type CheckStaged, checkCommand, checkImports } from '@wheelwright/installer';
import type { Tool } from '../tool/tool.ts';

/** What a change has to pass before its commit. */
export interface CheckOptions {
  /** `imports`, or commands for the shell; run one after the other in an environment of the new content. */
  readonly check?: readonly string[] | undefined;
  /** How long each of them may take, in ms; 300,000 by default. */
  readonly checkTimeoutMs?: number | undefined;
}

/** How long a check may take unless somebody says otherwise. */
const usualTimeoutMs = 300_000;

/** The installer's `check` for these options; undefined where nothing is to be checked. */
export function checkOf(tool: Tool, options: CheckOptions): CheckStaged | undefined {
  const { check: checks = [], checkTimeoutMs: timeoutMs = usualTimeoutMs } = options;
  if (checks.length === 0) return undefined;
  const { hookEnvironment: environment, workingDir: cwd, storeDir, dataDir } = tool.settings;
  const protectedDirs = [storeDir, ...(dataDir === undefined ? [] : [dataDir])];
  return async (staged) => {
    for (const check of checks) {
      tool.onEvent({ event: 'checking', environment: staged.environmentDir, check });
      const started = Date.now();
      const common = { environment, timeoutMs, signal: tool.signal, protectedDirs };
      const onLine = (text: string) => tool.onEvent({ event: 'check-output', text });
      if (check === 'imports') await checkImports(staged, common);
      else await checkCommand(staged, check, { ...common, cwd, onLine });
      tool.signal?.throwIfAborted();
      tool.onEvent({ event: 'checked', environment: staged.environmentDir, check, ms: Date.now() - started });
    }
  };
}
