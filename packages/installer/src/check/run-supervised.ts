// A program run to its end with everything that it starts: nothing of it is left when it has ended, when it took too
// long, when the caller stops and when this process dies. The work is done by a small Python between us and it.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Duplex } from 'node:stream';
import type { Isolation } from '../model/ports.ts';
import { supervisorScript } from './supervisor-script.ts';

export interface RunSupervisedOptions {
  /** The interpreter for what watches over the program. */
  readonly python: string;
  readonly cwd: string;
  /** The program's whole environment; nothing is added. */
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** A descriptor that stays open until everything has ended: that of a lock. The program does not get it. */
  readonly heldFd?: number | undefined;
  /** What the program must not change, and where that goes which it writes there; undefined: it changes what it can. */
  readonly isolation?: Isolation | undefined;
  /** Called with each line that the program says. */
  readonly onLine?: ((line: string) => void) | undefined;
}

/** How a program ended. Of status and signal one is there, unless even its supervisor was killed. */
export interface SupervisedOutcome {
  readonly status?: number | undefined;
  readonly signal?: number | undefined;
  readonly timedOut: boolean;
  /** Absolute paths in the protected directories that it changed or removed, as far as it can tell. */
  readonly changed: readonly string[];
  /** Why it was not started: the isolation that was asked for cannot be had. */
  readonly unisolated?: string | undefined;
  /** The end of both streams as they came. */
  readonly output: string;
}

/** How much is kept of what a program says. */
const longestOutput = 65_536;

/** A longer timer would fire at once. */
const longestTimerMs = 2 ** 31 - 1;

/** How long after being told to stop the supervisor itself is given up. */
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
  // Without descriptors left a child has no streams, and the reason comes as an event.
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
