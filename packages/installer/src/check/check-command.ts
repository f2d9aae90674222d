// Runs a program in the shadow of a staged environment, as in an activated environment; nothing that it writes stays.
import { realpathSync } from 'node:fs';
import path from 'node:path';
import { isDirectory } from '@wheelwright/atomic-fs';
import { InstallError } from '../model/install-error.ts';
import type { Isolation, StagedEnvironment } from '../model/ports.ts';
import { outermost } from './isolation.ts';
import { refuseEdit } from './run-check.ts';
import { runSupervised, type SupervisedOutcome } from './run-supervised.ts';

/** How a check runs a program. */
export interface RunCheckProgramOptions {
  /** Variables that the program's own environment starts from. The caller leaves credentials out. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** How long the program may run, in ms. */
  readonly timeoutMs: number;
  /** Ends the program. */
  readonly signal?: AbortSignal | undefined;
  /** Absolute directories outside of the environment that the program must not change: a store, for instance. */
  readonly protectedDirs?: readonly string[] | undefined;
  /** Called with each line that the program prints. */
  readonly onLine?: ((line: string) => void) | undefined;
}

/** Runs the shell command `command` in the staged environment, in `cwd`. Throws INSTALL_CHECK_FAILED unless it exits with 0. */
export async function checkCommand(
  staged: StagedEnvironment,
  command: string,
  options: RunCheckProgramOptions & { readonly cwd: string },
): Promise<void> {
  const outcome = await runInShadow(staged, ['/bin/sh', '-c', command], options);
  if (outcome.status !== 0 || outcome.timedOut) refuseOutcome(`\`${shortened(command)}\``, outcome, options.timeoutMs);
}

/**
 * Runs the program and arguments `words` as if the shadow were the active environment. Throws INSTALL_CHECK_FAILED where
 * the interpreter does not start, or a mount namespace shows that the program changed installed files.
 */
export async function runInShadow(
  { environmentDir, shadow, lockFd }: StagedEnvironment,
  words: readonly string[],
  {
    environment,
    cwd,
    timeoutMs,
    signal,
    protectedDirs = [],
    onLine,
  }: RunCheckProgramOptions & { readonly cwd: string },
): Promise<SupervisedOutcome> {
  const run = (isolation: Isolation | undefined) =>
    runSupervised(words, {
      python: shadow.python,
      cwd: directoryInShadow(cwd, environmentDir, shadow.dir),
      environment: activated(environment, environmentDir, shadow),
      timeoutMs,
      signal,
      heldFd: lockFd,
      isolation,
      onLine,
    });
  let outcome: SupervisedOutcome;
  try {
    outcome = await run(shadow.isolation && withDirs(shadow.isolation, protectedDirs));
    // An overlay cannot cover every file system that a store can be on; the environment alone it can.
    if (outcome.unisolated !== undefined && protectedDirs.length > 0) outcome = await run(shadow.isolation);
  } catch (cause) {
    throw new InstallError('INSTALL_CHECK_FAILED', `The interpreter of ${environmentDir} does not start.`, { cause });
  }
  if (outcome.unisolated !== undefined) {
    const message = `The check of ${environmentDir} cannot be isolated from the live environment: ${outcome.unisolated}.`;
    throw new InstallError('INSTALL_CHECK_FAILED', message, { data: { environmentDir, reason: outcome.unisolated } });
  }
  if (outcome.changed.length > 0) throw refuseEdit(environmentDir, outcome.changed);
  return outcome;
}

function withDirs(isolation: Isolation, dirs: readonly string[]): Isolation {
  const there = dirs.filter((dir) => isDirectory(dir)).map((dir) => realpathSync(dir));
  return { ...isolation, protectedDirs: outermost([...isolation.protectedDirs, ...there]) };
}

/** Throws INSTALL_CHECK_FAILED with how the program `what` ended. */
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
 * The variables of an activated environment, or of a user of a target directory. Paths of the live environment become
 * paths of the shadow: else they would lead to the old code.
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
  const names = namesOf(environmentDir);
  const paths = env.PYTHONPATH?.split(path.delimiter).map((entry) => inShadow(entry, environmentDir, dir)) ?? [];
  if (isTarget) paths.unshift(dir);
  else env.VIRTUAL_ENV = dir;
  if (paths.length > 0) env.PYTHONPATH = paths.join(path.delimiter);
  const bins = names.map((name) => path.join(name, 'bin'));
  const others = PATH.split(path.delimiter).filter((entry) => !bins.includes(path.resolve('/', entry)));
  return {
    ...env,
    PATH: [...commandDirs, ...others].join(path.delimiter),
    // The interpreter would else write byte-code into the staged tree.
    PYTHONDONTWRITEBYTECODE: '1',
  };
}

/** The directory to start a program in: `cwd`, or its counterpart in the shadow where `cwd` is in the environment. */
function directoryInShadow(cwd: string, environmentDir: string, shadowDir: string): string {
  const found = inShadow(cwd, environmentDir, shadowDir);
  return isDirectory(found) ? found : cwd;
}

function inShadow(entry: string, environmentDir: string, shadowDir: string): string {
  const name = namesOf(environmentDir).find((one) => entry === one || entry.startsWith(`${one}/`));
  return name === undefined ? entry : `${shadowDir}${entry.slice(name.length)}`;
}

function namesOf(environmentDir: string): string[] {
  return [...new Set([environmentDir, realpathSync(environmentDir)])];
}
