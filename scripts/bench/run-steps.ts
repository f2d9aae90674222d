// Command lines run as a user would run them, several sequences at once where a job asks for it, with what each cost.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Trial } from './job.ts';
import type { Bench, Step } from './types.ts';

/** What steps cost besides wall time: processor time of all, and the largest single process. */
export interface Cost {
  readonly cpuMs: number;
  readonly peakMb: number;
}

/** How steps went: at most one fault, since the steps after a failed one are not run. */
export interface StepsOutcome {
  readonly fault?: string | undefined;
  readonly cost: Cost;
}

const none: Cost = { cpuMs: 0, peakMb: 0 };
const timeCommand = '/usr/bin/time';

/** A trial of command lines: the sequences start together, each runs its steps one after the other. */
export function trialOf(
  bench: Bench,
  sequences: readonly (readonly Step[])[],
  check?: (() => Promise<readonly string[]>) | undefined,
): Trial {
  return {
    async run() {
      const outcomes = await Promise.all(sequences.map((steps) => runSteps(bench, steps)));
      const found = outcomes.map(({ fault }) => fault).filter((fault) => fault !== undefined);
      const { cpuMs, peakMb } = outcomes.map(({ cost }) => cost).reduce(add, none);
      const figures = peakMb === 0 ? undefined : { 'CPU ms': cpuMs, 'peak MB': peakMb };
      if (sequences.length === 1 || found.length === 0) return { faults: found, figures };
      return { faults: [`${found.length} of ${sequences.length} failed, the last with ${found.at(-1)}`], figures };
    },
    ...(check === undefined ? {} : { check }),
  };
}

/** Runs steps outside of any clock; throws where one fails. */
export async function prepareBy(bench: Bench, steps: readonly Step[]): Promise<void> {
  const { fault } = await runSteps(bench, steps);
  if (fault !== undefined) throw new Error(`while preparing: ${fault}`);
}

/** Runs steps one after the other and stops at the first that fails. */
export async function runSteps(bench: Bench, steps: readonly Step[]): Promise<StepsOutcome> {
  let cost = none;
  for (const step of steps) {
    const outcome = await runStep(bench, step);
    cost = add(cost, outcome.cost);
    if (outcome.fault !== undefined) return { fault: outcome.fault, cost };
  }
  return { cost };
}

let reports = 0;

function runStep(bench: Bench, { command, env, cwd = bench.seriesDir }: Step): Promise<StepsOutcome> {
  const report = path.join(bench.baseDir, `time-${reports++}`);
  const timed = hasTime(bench) ? [timeCommand, '-q', '-f', '%U %S %M', '-o', report, ...command] : command;
  return new Promise((resolve) => {
    const child = spawn(timed[0] as string, timed.slice(1), {
      env: { ...bench.environment, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd,
    });
    const [out, err]: [string[], string[]] = [[], []];
    child.stdout.setEncoding('utf8').on('data', (text: string) => void out.push(text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => void err.push(text));
    child.once('error', (error) => resolve({ fault: error.message, cost: none }));
    child.once('close', (code, signal) =>
      resolve({
        fault: code === 0 ? undefined : `exit ${code ?? signal}: ${lastLine(err) ?? lastLine(out) ?? 'no output'}`,
        cost: readCost(report),
      }),
    );
  });
}

function hasTime(bench: Bench): boolean {
  if (existsSync(timeCommand)) return true;
  bench.skip(`processor time and memory: there is no ${timeCommand}`);
  return false;
}

/** Reads what GNU time wrote: seconds of user and system time, and the largest resident set in KiB. */
function readCost(report: string): Cost {
  if (!existsSync(report)) return none;
  const [user = 0, system = 0, kib = 0] = readFileSync(report, 'utf8').trim().split(' ').map(Number);
  rmSync(report);
  return { cpuMs: (user + system) * 1_000, peakMb: kib / 1_024 };
}

function add(a: Cost, b: Cost): Cost {
  return { cpuMs: a.cpuMs + b.cpuMs, peakMb: Math.max(a.peakMb, b.peakMb) };
}

function lastLine(chunks: readonly string[]): string | undefined {
  return chunks.join('').trim().split('\n').at(-1) || undefined;
}
