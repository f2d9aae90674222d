// Opens a lock as a resolution: its pins for one environment, ready to be fetched. `sync` and `install -r` use it.
import path from 'node:path';
import type { Environment, Interpreter } from '@wheelwright/python';
import { type FormatOption, readFormatControl } from '../requirements/format-control.ts';
import type { OpenResolution, OpenSources } from '../requirements/resolution.ts';
import { openPins } from '../resolve/resolve-wheels.ts';
import type { Tool } from '../tool/tool.ts';
import { WheelwrightError } from '../tool/wheelwright-error.ts';
import { pinsOfLock } from './lock-pins.ts';
import { readLock } from './read-lock.ts';

/** Which parts of a lock to select, and for which environment. */
export interface OpenLockedOptions {
  /** What it holds already from the same source stays. Without one nothing stays. */
  readonly environment?: Environment | undefined;
  readonly interpreter: Interpreter;
  readonly openSources: OpenSources;
  readonly extras?: readonly string[] | undefined;
  readonly groups?: readonly string[] | undefined;
  readonly formats?: readonly FormatOption[] | undefined;
  /** False: omit the project that the lock belongs to. */
  readonly installProject?: boolean | undefined;
}

/**
 * Opens the named lock. Reads no index page.
 * @throws WheelwrightError WHEELWRIGHT_USAGE if other files are named too, WHEELWRIGHT_BAD_INPUT if the lock is missing or
 * invalid; PackagingError PACKAGING_INVALID_PYLOCK if it is not for this environment.
 */
export async function openLocked(
  tool: Tool,
  files: readonly string[],
  options: OpenLockedOptions,
): Promise<OpenResolution> {
  const { environment, interpreter, openSources, extras, groups, formats = [], installProject } = options;
  const [file, ...others] = files;
  if (others.length > 0)
    throw new WheelwrightError('WHEELWRIGHT_USAGE', 'A lock cannot be combined with other requirements.', {
      hint: 'Name only the lock.',
    });
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
