// Finds what a command works on: a named or found environment, or a target directory. Also finds the interpreter that
// wheels are chosen for, which for a target directory may be that of another machine.
import { statSync } from 'node:fs';
import path from 'node:path';
import { isCodedError, listed } from '@wheelwright/errors';
import { needsRecovery, type PrefixOptions, type RecoveryReport, recoverEnvironment } from '@wheelwright/installer';
import { type Environment, environmentPaths, type Interpreter, targetEnvironment } from '@wheelwright/python';
import type { CallOptions } from '../tool/call.ts';
import type { Tool } from '../tool/tool.ts';
import { hintOf } from '../tool/way-out.ts';
import { WheelwrightError } from '../tool/wheelwright-error.ts';
import { foreignInterpreter, type PlatformOptions } from './foreign-interpreter.ts';
import { tellGuests, undoGuests } from './foreign-writes.ts';

/** Options that select an environment, or with `target` a directory. */
export interface PlaceOptions extends CallOptions, PlatformOptions {
  /** The environment's directory or interpreter; by default the active environment. With `target`: the Python that wheels are chosen for. */
  readonly environment?: string | undefined;
  /** A directory instead of an environment. Packages go into it, scripts into its `bin`. */
  readonly target?: string | undefined;
  /** Also change a prefix that the system's package manager controls. */
  readonly breakSystemPackages?: boolean | undefined;
  /** Change nothing: only report, also what other programs wrote. */
  readonly dryRun?: boolean | undefined;
}

export interface Place {
  readonly environment: Environment;
  readonly interpreter: Interpreter;
  /** True for another machine: then nothing can be built here. */
  readonly wheelsOnly: boolean;
}

/** Finds the environment of `options`, for commands that need no interpreter. */
export function environmentOf(tool: Tool, { environment, target }: PlaceOptions): Environment {
  if (target === undefined) return tool.environment(environment);
  return targetEnvironment(path.resolve(tool.settings.workingDir, target), undefined);
}

/** Warns root about an environment of another user, as pip does. With generations, the installer refuses instead. */
export function warnOfOwner(tool: Tool, { dir, kind }: Environment): void {
  if (process.geteuid?.() !== 0 || kind === 'own') return;
  const uid = statSync(dir, { throwIfNoEntry: false })?.uid ?? 0;
  if (uid === 0) return;
  const text = `${dir} belongs to another user (id ${uid}), who cannot change files that root installs there`;
  tool.onEvent({ event: 'warning', text });
}

/** Finds the environment and its interpreter. First finishes or undoes what a dead process left in it. */
export async function openPlace(tool: Tool, options: PlaceOptions): Promise<Place> {
  const { target } = options;
  const wheelsOnly = isForAnotherMachine(options);
  if (target === undefined) {
    if (wheelsOnly)
      throw new WheelwrightError(
        'WHEELWRIGHT_USAGE',
        'Wheels for another platform cannot be installed into an environment of this machine.',
        {
          hint: 'Name a directory with --target.',
        },
      );
    const environment = tool.environment(options.environment);
    warnOfOwner(tool, environment);
    await settle(tool, environment);
    if (options.dryRun === true) tellGuests(tool, environment);
    else await undoGuests(tool, environment);
    return { environment, interpreter: await tool.interpreter(environment.interpreterExecutable), wheelsOnly };
  }
  const { own, interpreter } = await chooseInterpreter(tool, options);
  // Its scripts look for the interpreter that the wheels are for.
  const runs = { ...own, versionText: interpreter.versionText, libDirName: interpreter.libDirName };
  const environment = targetEnvironment(path.resolve(tool.settings.workingDir, target), runs);
  warnOfOwner(tool, environment);
  await settle(tool, environment);
  return { environment, interpreter, wheelsOnly };
}

/** Whether the options describe another machine. */
export function isForAnotherMachine({
  platforms = [],
  abis = [],
  pythonVersion,
  implementation,
}: PlatformOptions): boolean {
  return platforms.length + abis.length > 0 || pythonVersion !== undefined || implementation !== undefined;
}

/** For commands that change no environment: the Python that wheels are chosen for, and the one of this machine that runs. */
export async function chooseInterpreter(
  tool: Tool,
  options: PlaceOptions,
): Promise<{ readonly own: Interpreter; readonly interpreter: Interpreter }> {
  const own = await tool.interpreter(interpreterRequest(tool, options.environment));
  return { own, interpreter: isForAnotherMachine(options) ? foreignInterpreter(own, options) : own };
}

/** The installer's options for an environment changed in place. */
export function prefixOptions(environment: Environment, options: PlaceOptions = {}): PrefixOptions {
  const { breakSystemPackages } = options;
  const { kind, interpreterExecutable: python, libDirName: pythonName } = environment;
  return { breakSystemPackages, ...(kind === 'target' ? { target: { python, pythonName } } : {}) };
}

/**
 * Finishes or undoes what a dead process left in an environment that is changed in place, before the environment is read.
 * It does not wait for a process that is changing the environment now; then the result may be half of a change, and a
 * warning says so.
 */
export async function settle(tool: Tool, environment: Environment): Promise<void> {
  const { dir, kind } = environment;
  if (kind === 'own' || !needsRecovery(dir)) return;
  try {
    const report = await recoverEnvironment(dir, {
      ...prefixOptions(environment),
      lockTimeoutMs: 0,
      command: 'ww recover',
    });
    const { changed = [] } = report;
    const text = changed.length > 0 ? 'finished the change' : 'undid the change';
    tool.onEvent({ event: 'recovered', environment: dir, text: `${dir}: ${text} of a process that died` });
    const others = describeOthers(dir, report);
    if (others !== undefined) tool.onEvent({ event: 'warning', text: others });
  } catch (error) {
    const busy = isCodedError(error) && error.code === 'FSLOCK_TIMEOUT';
    const said = [(error as Error).message, hintOf(error)];
    const why = busy
      ? 'is being changed by another process'
      : `holds an unfinished change that cannot be completed: ${said.join(' ').trimEnd()}`;
    tool.onEvent({ event: 'warning', text: `${dir} ${why}` });
  }
}

/** Describes what another program wrote before the change of a dead process was finished; undefined if nothing. */
export function describeOthers(dir: string, { others }: RecoveryReport): string | undefined {
  if (others === undefined) return undefined;
  const { displaced, left, takenOut } = others;
  const paths = listed([...displaced.map((one) => one.path), ...left, ...takenOut]);
  const kept = displaced.length === 0 ? '' : `; files in the way were moved to ${displacedDir(dir)}`;
  return `another program wrote into ${dir} before that change was finished (${paths})${kept}`;
}

/** The directory to which recoveries move files that are in the way of a change. */
export function displacedDir(dir: string): string {
  return path.join(environmentPaths(dir).root, 'work', 'displaced');
}

// `-p` names an environment or an interpreter; without it the active environment's, else the first on the search path.
function interpreterRequest(tool: Tool, named: string | undefined): string | undefined {
  if (named === undefined) {
    try {
      return tool.environment().interpreterExecutable;
    } catch {
      return undefined; // No active environment is not an error here.
    }
  }
  const dir = path.resolve(tool.settings.workingDir, named);
  return statSync(dir, { throwIfNoEntry: false })?.isDirectory() ? tool.environment(dir).interpreterExecutable : named;
}
