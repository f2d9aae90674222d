// Runs a program to its end with every process that it starts. No such process is left when the program has ended, runs
// out of time or is aborted, or when this process dies. A small Python program in between does this: supervisor-script.ts.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Duplex } from 'node:stream';
import type { Isolation } from '../model/ports.ts';
import { supervisorScript } from './supervisor-script.ts';

/** How a program is run. */
export interface RunSupervisedOptions {
  /** The interpreter that runs the supervisor. */
  readonly python: string;
  readonly cwd: string;
  /** The program's whole environment; nothing is added. */
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** The descriptor of a lock, which stays open until every process has ended. The program does not get it. */
  readonly heldFd?: number | undefined;
  /** What the program must not change; undefined: nothing keeps it from changing files. */
  readonly isolation?: Isolation | undefined;
  /** Called with each line that the program prints. */
  readonly onLine?: ((line: string) => void) | undefined;
}

/** How a program ended: with a status or a signal, or with neither where its supervisor was killed too. */
export interface SupervisedOutcome {
  readonly status?: number | undefined;
  readonly signal?: number | undefined;
  readonly timedOut: boolean;
  /** Absolute paths in the protected directories that it changed or removed. */
  readonly changed: readonly string[];
  /** Why it was not started: the machine cannot isolate it. */
  readonly unisolated?: string | undefined;
  /** The end of both of its streams, interleaved as they arrived. */
  readonly output: string;
}

/** How many characters of output are kept. */
const longestOutput = 65_536;

/** The longest timer of Node: a longer one fires at once. */
const longestTimerMs = 2 ** 31 - 1;

/** How long the supervisor may take to stop before it is killed too. */
const giveUpMs = 10_000;

/** Runs `words`, found on the PATH of `environment`. Rejects only where the interpreter cannot be started. */
export async function runSupervised(
  words: readonly string[],
  options: RunSupervisedOptions,
): Promise<SupervisedOutcome> {
  const { python, cwd, environment, timeoutMs, signal, heldFd, onLine } = options;
  const isolation = JSON.stringify(options.isolation ?? null);
  const child = spawn(python, ['-I', '-S', '-B', '-c', supervisorScript, isolation, ...words], {
    cwd,
    env: environment,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', ...(heldFd === undefined ? [] : [heldFd])],
  });
  // In a process that has no descriptors left a child has no streams, and an event says why.
  if ((child.stdio as unknown) === undefined) throw (await once(child, 'error'))[0];
  let [output, answer, timedOut] = ['', '', false];
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = `${output}${text}`.slice(-longestOutput);
    });
    if (onLine !== undefined)
      createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', onLine);
  }
  const control = child.stdio[3] as Duplex;
  control.on('error', () => {});
  control.setEncoding('utf8').on('data', (text: string) => {
    answer += text;
  });

  let giveUp: NodeJS.Timeout | undefined;
  const stop = () => {
    if (!control.destroyed) control.write('stop\n');
    giveUp ??= setTimeout(() => killAll(child), giveUpMs);
  };
  const timer = setTimeout(
    () => {
      timedOut = true;
      stop();
    },
    Math.min(timeoutMs, longestTimerMs),
  );
  if (signal?.aborted) stop();
  else signal?.addEventListener('abort', stop, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', () => resolve());
    });
  } finally {
    clearTimeout(timer);
    clearTimeout(giveUp);
    signal?.removeEventListener('abort', stop);
  }
  return { changed: [], ...parseAnswer(answer), timedOut, output };
}

type Answer = Partial<Pick<SupervisedOutcome, 'status' | 'signal' | 'changed' | 'unisolated'>>;

function parseAnswer(answer: string): Answer {
  return answer.endsWith('\n') ? (JSON.parse(answer) as Answer) : {};
}

function killAll({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}
