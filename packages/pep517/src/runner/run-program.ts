// Runs a program to its end and collects its output. An abort ends its whole process group.
import { spawn } from 'node:child_process';
import { requireStreams } from './require-streams.ts';

export interface ProgramResult {
  /** Undefined if a signal ended it. */
  readonly status: number | undefined;
  /** Standard output and errors together. */
  readonly output: string;
}

export interface RunProgramOptions {
  readonly environment: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly signal?: AbortSignal | undefined;
}

/** Runs a program. Rejects if it cannot be started, or with the signal's reason. */
export async function runProgram(
  command: string,
  words: readonly string[],
  options: RunProgramOptions,
): Promise<ProgramResult> {
  const { environment, cwd, signal } = options;
  signal?.throwIfAborted();
  const child = spawn(command, words, { cwd, env: environment, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  await requireStreams(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const onAbort = () => {
    if (child.pid === undefined || child.exitCode !== null) return;
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It has already ended.
    }
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve(code ?? undefined));
    });
    signal?.throwIfAborted();
    return { status, output };
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}
