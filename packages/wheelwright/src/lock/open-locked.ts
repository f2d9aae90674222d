// A lock as a resolution: what it pins for one environment, ready to be fetched. Shared by `sync` and `install -r`.
import path from 'node:path';
import type { Environment, Interpreter } from '@wheelwright/python';
import type { Tool } from '../tool/tool.ts';
import { WheelwrightError } from '../tool/wheelwright-error.ts';
import { type FormatOption, readFormatControl } from '../wheels/format-control.ts';
import type { OpenResolution, OpenSources } from '../wheels/resolution.ts';
import { openPins } from '../wheels/resolve-wheels.ts';
import { pinsOfLock } from './lock-pins.ts';
import { readLock } from './read-lock.ts';

/** Which parts of a lock, for which environment. */
export interface OpenLockedOptions {
  readonly environment: Environment;
  readonly interpreter: Interpreter;
  readonly openSources: OpenSources;
  readonly extras?: readonly string[] | undefined;
  readonly groups?: readonly string[] | undefined;
  readonly formats?: readonly FormatOption[] | undefined;
  /** False: the project that the lock belongs to is left out. */
  readonly installProject?: boolean | undefined;
}

/**
 * Opens the one lock that is named. No index page is asked.
 * @throws WheelwrightError WHEELWRIGHT_USAGE where other files are named beside it, WHEELWRIGHT_BAD_INPUT where it is
 * missing or not valid; PackagingError PACKAGING_INVALID_PYLOCK where it is not for this environment.
 */
export async function openLocked(
  tool: Tool,
  files: readonly string[],
  options: OpenLockedOptions,
): Promise<OpenResolution> {
  const { environment, interpreter, openSources, extras, groups, formats = [], installProject } = options;
  const [file, ...others] = files;
  if (others.length > 0)
    throw new WheelwrightError(
      'WHEELWRIGHT_USAGE',
      'A lock decides alone, and other requirements are named beside it.',
      {
        hint: 'Name the lock only.',
      },
    );
  const lockPath = path.resolve(tool.settings.workingDir, file!);
  tool.basis.readFile(lockPath);
  const locked = await readLock(lockPath);
  if (locked === undefined)
    throw new WheelwrightError('WHEELWRIGHT_BAD_INPUT', `${lockPath} does not exist.`, { data: { path: lockPath } });
  if (locked.lock.packages.some(({ directory }) => directory !== undefined)) tool.basis.isUncertain();
  const lockDir = path.dirname(lockPath);
  return openPins(tool, { interpreter, openSources }, ({ opener }) =>
    pinsOfLock(locked, opener, {
      interpreter,
      environment,
      extras,
      groups,
      formatsOf: readFormatControl(formats),
      leaveOut: (_name, { directory }) =>
        installProject === false && directory !== undefined && path.resolve(lockDir, directory.path) === lockDir,
    }),
  );
}
