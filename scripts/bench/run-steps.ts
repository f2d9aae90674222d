// Command lines run as a user would run them, several sequences at once where a job asks for it.
import { spawn } from 'node:child_process';
import type { Bench } from './bench.ts';
import type { Trial } from './job.ts';

/** One command. */
export interface Step {
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Elsewhere than in the bench's own directory. */
  readonly cwd?: string | undefined;
}

/** A trial of command lines: the sequences start together, each runs its steps one after the other. */
export function trialOf(
  bench: Bench,
  sequences: readonly (readonly Step[])[],
  check?: (() => Promise<readonly string[]>) | undefined,
): Trial {
  return {
    async run() {
      const faults = (await Promise.all(sequences.map((steps) => runSteps(bench, steps)))).flat();
      if (sequences.length === 1 || faults.length === 0) return { faults };
      return { faults: [`${faults.length} of ${sequences.length} failed, the last with ${faults.at(-1)}`] };
    },
    ...(check === undefined ? {} : { check }),
  };
}

/** Runs steps outside of any clock; throws where one fails. */
export async function prepareBy(bench: Bench, steps: readonly Step[]): Promise<void> {
  const [fault] = await runSteps(bench, steps);
  if (fault !== undefined) throw new Error(`while preparing: ${fault}`);
}

/** At most one fault: the steps after a failed one are not run. */
export async function runSteps(bench: Bench, steps: readonly Step[]): Promise<string[]> {
  for (const step of steps) {
    const fault = await runStep(bench, step);
    if (fault !== undefined) return [fault];
  }
  return [];
}

function runStep(bench: Bench, { command, env, cwd = bench.baseDir }: Step): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn(command[0] as string, command.slice(1), {
      env: { ...bench.environment, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd,
    });
    const [out, err]: [string[], string[]] = [[], []];
    child.stdout.setEncoding('utf8').on('data', (text: string) => void out.push(text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => void err.push(text));
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) =>
      resolve(code === 0 ? undefined : `exit ${code ?? signal}: ${lastLine(err) ?? lastLine(out) ?? 'no word'}`),
    );
  });
}

function lastLine(chunks: readonly string[]): string | undefined {
  return chunks.join('').trim().split('\n').at(-1) || undefined;
}
