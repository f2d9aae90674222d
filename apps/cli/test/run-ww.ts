// Starts the command as a user does and collects what it says.
import { type SpawnOptions, spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const entry = fileURLToPath(new URL('../bin/ww.js', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** `ww` with a home, a store and an index of its own: `dir` holds all three but the index. */
export function commandIn(dir: string, variables: Readonly<Record<string, string>> = {}) {
  const { PYTHONDONTWRITEBYTECODE: _, VIRTUAL_ENV: __, PIP_FIND_LINKS: ___, ...inherited } = process.env;
  const env = {
    ...inherited,
    HOME: dir,
    WHEELWRIGHT_STORE: path.join(dir, 'store'),
    PIP_CONFIG_FILE: '/dev/null',
    PIP_NO_INDEX: '1',
    ...variables,
  };
  const start = (args: readonly string[], options: SpawnOptions = {}) =>
    spawn(process.execPath, [entry, ...args], { env, cwd: dir, stdio: ['ignore', 'pipe', 'pipe'], ...options });
  return {
    env,
    start,
    /** Runs it to its end. */
    ww: (...args: readonly string[]) => collect(start(args)),
    /** Runs any other program in the same surroundings. */
    run: (command: string, ...args: readonly string[]) =>
      collect(spawn(command, args, { env, cwd: dir, stdio: ['ignore', 'pipe', 'pipe'] })),
  };
}

export function collect(child: ReturnType<typeof spawn>): Promise<Ended> {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (data) => {
    stdout += data;
  });
  child.stderr?.on('data', (data) => {
    stderr += data;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}
