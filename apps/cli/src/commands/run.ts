// `ww run CMD…`: a program in the environment. Its exit code is ours, and the signals that we get are passed on to it.
import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { isErrno } from '@wheelwright/errors';
import { holdEnvironment, WheelwrightError } from 'wheelwright';
import { type CommonOptions, runCommand } from '../run-command.ts';

export interface RunOptions extends CommonOptions {
  readonly python?: string;
  readonly module?: string;
}

const passedOn = ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;

export async function run(words: readonly string[], options: RunOptions): Promise<void> {
  await runCommand(
    options,
    async (tool, output) => {
      const held = await holdEnvironment(tool, { environment: options.python });
      try {
        const [program, ...args] = toLine(words, options.module);
        output.event({ event: 'running', environment: held.dir, generation: held.generation, program });
        return await runProgram(program, args, held.variables, held.dir);
      } finally {
        held.release();
      }
    },
    { watchesSignals: false },
  );
}

/** `script.py` is run by the environment's Python, and so is `-m NAME`. */
function toLine(words: readonly string[], module: string | undefined): [program: string, ...args: string[]] {
  if (module !== undefined) return ['python', '-m', module, ...words];
  const [program, ...args] = words;
  if (program === undefined)
    throw new WheelwrightError('WHEELWRIGHT_USAGE', 'Nothing to run was named.', { hint: 'Write ww run COMMAND.' });
  return program.endsWith('.py') ? ['python', program, ...args] : [program, ...args];
}

async function runProgram(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  dir: string,
): Promise<number> {
  let child: ChildProcess | undefined;
  const forward = (signal: NodeJS.Signals) => {
    // A terminal sends its interrupts to the program itself.
    if ((signal === 'SIGINT' || signal === 'SIGQUIT') && process.stdin.isTTY) return;
    child?.kill(signal);
  };
  // Before the program starts: a signal that arrives while it does must not end this process and leave the program alone.
  for (const signal of passedOn) process.on(signal, forward);
  try {
    const started = spawn(program, args, { env, stdio: 'inherit' });
    child = started;
    return await new Promise<number>((resolve, reject) => {
      started.once('error', reject);
      started.once('exit', (code, signal) => resolve(signal === null ? (code ?? 0) : 128 + constants.signals[signal]));
    });
  } catch (cause) {
    if (!isErrno(cause, 'ENOENT', 'EACCES')) throw cause;
    const why = cause.code === 'ENOENT' ? 'neither in the environment nor on PATH' : 'not a program that may be run';
    throw new WheelwrightError('WHEELWRIGHT_NOT_INSTALLED', `${program} is ${why}: ${dir} was looked in first.`, {
      hint: `\`ww install\` the package that brings ${program}.`,
      cause,
      data: { program, environment: dir },
    });
  } finally {
    for (const signal of passedOn) process.off(signal, forward);
  }
}
