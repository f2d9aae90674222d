// What a command works on: an environment that was named or found, or a directory that packages are put into. With it
// goes the interpreter whose wheels are chosen, which for a directory may be one of another machine.
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

/** What a command works on: an environment, or a directory with `target`. */
export interface PlaceOptions extends CallOptions, PlatformOptions {
  /** The environment's directory or its interpreter; absent: the active one. With `target`: whose wheels are chosen. */
  readonly environment?: string | undefined;
  /** A directory instead of an environment: packages are put into it, scripts into its `bin`. */
  readonly target?: string | undefined;
  /** Change also a prefix that the system's package manager keeps. */
  readonly breakSystemPackages?: boolean | undefined;
  /** Only to be told of: what other programs did to it stays for now. */
  readonly dryRun?: boolean | undefined;
}

export interface Place {
  readonly environment: Environment;
  readonly interpreter: Interpreter;
  /** For another machine: nothing can be built here. */
  readonly wheelsOnly: boolean;
}

/** The environment that `options` mean, for commands that need no interpreter. */
export function environmentOf(tool: Tool, { environment, target }: PlaceOptions): Environment {
  if (target === undefined) return tool.environment(environment);
  return targetEnvironment(path.resolve(tool.settings.workingDir, target), undefined);
}

/** As root, in what is another user's: pip warns too. With generations it is refused by the installer. */
export function warnOfOwner(tool: Tool, { dir, kind }: Environment): void {
  if (process.geteuid?.() !== 0 || kind === 'own') return;
  const uid = statSync(dir, { throwIfNoEntry: false })?.uid ?? 0;
  if (uid === 0) return;
  const text = `${dir} belongs to another user (id ${uid}), who will not be able to change what root puts into it`;
  tool.onEvent({ event: 'warning', text });
}

/** The same with its interpreter; what a dead process left in it is finished or undone first. */
export async function openPlace(tool: Tool, options: PlaceOptions): Promise<Place> {
  const { target } = options;
  const wheelsOnly = isForAnotherMachine(options);
  if (target === undefined) {
    if (wheelsOnly)
      throw new WheelwrightError('WHEELWRIGHT_USAGE', 'Wheels of another platform fit into no environment here.', {
        hint: 'Name a directory with --target.',
      });
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

/** Whether wheels are chosen for what options say of another machine. */
export function isForAnotherMachine({
  platforms = [],
  abis = [],
  pythonVersion,
  implementation,
}: PlatformOptions): boolean {
  return platforms.length + abis.length > 0 || pythonVersion !== undefined || implementation !== undefined;
}

/** The Python that wheels are chosen for where no environment is changed, and the one of this machine that runs here. */
export async function chooseInterpreter(
  tool: Tool,
  options: PlaceOptions,
): Promise<{ readonly own: Interpreter; readonly interpreter: Interpreter }> {
  const own = await tool.interpreter(interpreterRequest(tool, options.environment));
  return { own, interpreter: isForAnotherMachine(options) ? foreignInterpreter(own, options) : own };
}

/** What the installer has to know of an environment that it changes in place. */
export function prefixOptions(environment: Environment, options: PlaceOptions = {}): PrefixOptions {
  const { breakSystemPackages } = options;
  const { kind, interpreterExecutable: python, libDirName: pythonName } = environment;
  return { breakSystemPackages, ...(kind === 'target' ? { target: { python, pythonName } } : {}) };
}

/**
 * Finishes or undoes what a dead process left in an environment that is changed in place, before anything is read from
 * it. Somebody who works in it right now is not waited for: then what is read may be half of it, and that is told.
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
      : `holds an unfinished change that cannot be finished: ${said.join(' ').trimEnd()}`;
    tool.onEvent({ event: 'warning', text: `${dir} ${why}` });
  }
}

/** What another program wrote before a dead process's change was finished, in words; undefined: nothing. */
export function describeOthers(dir: string, { others }: RecoveryReport): string | undefined {
  if (others === undefined) return undefined;
  const { displaced, left, takenOut } = others;
  const paths = listed([...displaced.map((one) => one.path), ...left, ...takenOut]);
  const kept = displaced.length === 0 ? '' : `; what lay in the way is kept in ${displacedDir(dir)}`;
  return `another program wrote into ${dir} before that change was finished (${paths})${kept}`;
}

/** Where recoveries keep what lay in the way of a change. */
export function displacedDir(dir: string): string {
  return path.join(environmentPaths(dir).root, 'work', 'displaced');
}

// `-p` names an environment or an interpreter; without it the active environment's, else the first on the search path.
function interpreterRequest(tool: Tool, named: string | undefined): string | undefined {
  if (named === undefined) {
    try {
      return tool.environment().interpreterExecutable;
    } catch {
      return undefined; // none is active, which is no mistake here
    }
  }
  const dir = path.resolve(tool.settings.workingDir, named);
  return statSync(dir, { throwIfNoEntry: false })?.isDirectory() ? tool.environment(dir).interpreterExecutable : named;
}
