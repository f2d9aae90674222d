// A program run in the shadow of a staged environment: as in an activated environment, with nothing of it left behind.
import { realpathSync } from 'node:fs';
import path from 'node:path';
import { InstallError } from '../model/install-error.ts';
import type { StagedEnvironment } from './check-generation.ts';
import { runSupervised, type SupervisedOutcome } from './run-supervised.ts';

export interface RunCheckProgramOptions {
  /** What the check's own environment starts from: without credentials. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Called with each line that the check says. */
  readonly onLine?: ((line: string) => void) | undefined;
}

/** Runs the shell's `command` from `cwd` in the staged environment. Throws INSTALL_CHECK_FAILED unless it ends with 0. */
export async function checkCommand(
  staged: StagedEnvironment,
  command: string,
  options: RunCheckProgramOptions & { readonly cwd: string },
): Promise<void> {
  const outcome = await runInShadow(staged, ['/bin/sh', '-c', command], options);
  if (outcome.status !== 0 || outcome.timedOut) refuseOutcome(`\`${shortened(command)}\``, outcome, options.timeoutMs);
}

/** Runs `words` as if the shadow were the active environment. */
export async function runInShadow(
  { environmentDir, shadow, lockFd }: StagedEnvironment,
  words: readonly string[],
  { environment, cwd, timeoutMs, signal, onLine }: RunCheckProgramOptions & { readonly cwd: string },
): Promise<SupervisedOutcome> {
  try {
    return await runSupervised(words, {
      python: shadow.python,
      cwd,
      environment: activated(environment, environmentDir, shadow),
      timeoutMs,
      signal,
      heldFd: lockFd,
      onLine,
    });
  } catch (cause) {
    throw new InstallError('INSTALL_CHECK_FAILED', `The interpreter of ${environmentDir} does not start.`, { cause });
  }
}

/** Says how a check ended that did not end well. */
export function refuseOutcome(what: string, outcome: SupervisedOutcome, timeoutMs: number): never {
  const { status, signal, timedOut, output } = outcome;
  const how = timedOut
    ? `did not end within ${timeoutMs / 1000} s`
    : signal !== undefined
      ? `was ended by signal ${signal}`
      : `ended with ${status ?? 'its supervisor'}`;
  const last = output.trimEnd().split('\n').at(-1)?.trim() ?? '';
  const told = last === '' ? '' : ` (${last.slice(0, 200)})`;
  throw new InstallError('INSTALL_CHECK_FAILED', `${what} ${how}${told}.`, {
    data: { status, signal, timedOut, output },
  });
}

function shortened(command: string): string {
  const line = command.trim().split('\n', 1)[0]!;
  return line.length <= 80 && line === command.trim() ? line : `${line.slice(0, 79)}…`;
}

/**
 * The variables of an activated environment, or of one who uses a target directory; what names the environment itself
 * would lead to the old code.
 */
function activated(
  { PATH = '', ...variables }: RunCheckProgramOptions['environment'],
  environmentDir: string,
  { dir, isTarget, commandDirs }: StagedEnvironment['shadow'],
): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(variables)) {
    if (value !== undefined && name !== 'PYTHONHOME' && name !== 'VIRTUAL_ENV_PROMPT') env[name] = value;
  }
  const names = [...new Set([environmentDir, realpathSync(environmentDir)])];
  const inShadow = (entry: string) => {
    const name = names.find((one) => entry === one || entry.startsWith(`${one}/`));
    return name === undefined ? entry : `${dir}${entry.slice(name.length)}`;
  };
  const paths = env.PYTHONPATH?.split(path.delimiter).map(inShadow) ?? [];
  if (isTarget) paths.unshift(dir);
  else env.VIRTUAL_ENV = dir;
  if (paths.length > 0) env.PYTHONPATH = paths.join(path.delimiter);
  const bins = names.map((name) => path.join(name, 'bin'));
  const others = PATH.split(path.delimiter).filter((entry) => !bins.includes(path.resolve('/', entry)));
  return {
    ...env,
    PATH: [...commandDirs, ...others].join(path.delimiter),
    // Byte-code beside the staged files would be byte-code beside the store's.
    PYTHONDONTWRITEBYTECODE: '1',
  };
}
