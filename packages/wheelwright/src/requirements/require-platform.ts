// Checks that a named or built wheel matches the interpreter.
import { parseWheelFilename, tagRank } from '@wheelwright/packaging';
import type { Interpreter } from '@wheelwright/python';
import type { StoredWheel } from '@wheelwright/store';
import { WheelwrightError } from '../tool/wheelwright-error.ts';

/** Throws WHEELWRIGHT_WRONG_PLATFORM if `interpreter` cannot use the wheel. */
export function requirePlatform(wheel: StoredWheel, interpreter: Interpreter): void {
  const { tags } = parseWheelFilename(wheel.filename);
  if (tagRank(tags, interpreter.tags) !== undefined) return;
  throw new WheelwrightError(
    'WHEELWRIGHT_WRONG_PLATFORM',
    `${wheel.filename} is not for Python ${interpreter.versionText} on ${interpreter.platform}.`,
    {
      hint: 'Take the wheel for this Python and platform, or an environment of the Python it was made for.',
      data: { filename: wheel.filename, tags, python: interpreter.versionText, platform: interpreter.platform },
    },
  );
}
