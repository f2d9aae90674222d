// `--check`: makes the installer's check of a staged environment, which runs before any reader can see it.
import { type CheckStaged, checkCommand, checkImports } from '@wheelwright/installer';
import type { Tool } from '../tool/tool.ts';

/** Checks that must pass before the commit of a change. */
export interface CheckOptions {
  /** `imports`, or shell commands. They run one after another in the new environment. */
  readonly check?: readonly string[] | undefined;
  /** How long each check may take, in ms; 300,000 by default. */
  readonly checkTimeoutMs?: number | undefined;
}

/** How long a check may take by default, in ms. */
const usualTimeoutMs = 300_000;

/** The installer's `check` for these options; undefined if there is nothing to check. */
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
