// The index options that requirements files bring, put over the settings the way pip does: an index named in a file
// replaces the one set, the others add up.
import path from 'node:path';
import { type IndexSettings, isUrl } from '../tool/settings.ts';
import { WheelwrightError } from '../tool/wheelwright-error.ts';
import type { FileOption } from './requirement-inputs.ts';

/** Settings with a file's options over them, and whether a file accepts pre-releases. */
export function withFileOptions(
  index: IndexSettings,
  options: readonly FileOption[],
): { index: IndexSettings; prereleases: boolean } {
  let merged = index;
  let prereleases = false;
  for (const { name, value, baseDir } of options) {
    if (name === '--index-url') merged = { ...merged, indexUrls: [value] };
    else if (name === '--extra-index-url') merged = { ...merged, extraIndexUrls: [...merged.extraIndexUrls, value] };
    else if (name === '--find-links')
      merged = { ...merged, findLinks: [...merged.findLinks, isUrl(value) ? value : path.resolve(baseDir, value)] };
    else if (name === '--no-index') merged = { ...merged, noIndex: true };
    else if (name === '--trusted-host') merged = { ...merged, trustedHosts: [...merged.trustedHosts, value] };
    else if (name === '--pre') prereleases = true;
    else if (name === '--prefer-binary')
      continue; // Only wheels are ever taken.
    else
      throw new WheelwrightError(
        'WHEELWRIGHT_BAD_INPUT',
        `The option ${name} of a requirements file in ${baseDir} is not supported.`,
      );
  }
  return { index: merged, prereleases };
}
