// Hard links by the thousand: linkat(2) on two open directories, so that no path is walked twice.
import { closeSync, constants, linkSync, openSync } from 'node:fs';
import path from 'node:path';
import { errnoError } from './errno-error.ts';
import { nativeCalls } from './koffi.ts';

/** What {@link linkMany} throws: beside code, path and dest, how many of the names were linked before it. */
export interface LinkManyError extends NodeJS.ErrnoException {
  /** The path of the link that could not be made. */
  dest: string;
  /** How many names were linked before the one that failed. */
  linked: number;
}

/**
 * Links each of `names` from `sourceDir` into `targetDir`; symbolic links are linked themselves, not followed. Throws at
 * the first name that fails (`EEXIST`, `EXDEV`, `EMLINK`, `EPERM`, …) as {@link LinkManyError}; those before it stay.
 * Without native calls it is one `link` per name.
 */
export function linkMany(sourceDir: string, targetDir: string, names: readonly string[]): void {
  const linkat = nativeCalls()?.linkat;
  if (linkat === undefined) linkEach(sourceDir, targetDir, names);
  else linkWithin(linkat, sourceDir, targetDir, names);
}

function linkWithin(
  linkat: (fromDir: number, from: string, toDir: number, to: string) => number,
  sourceDir: string,
  targetDir: string,
  names: readonly string[],
): void {
  const directory = constants.O_RDONLY | constants.O_DIRECTORY;
  const source = openSync(sourceDir, directory);
  try {
    const target = openSync(targetDir, directory);
    try {
      for (const [linked, name] of names.entries()) {
        const errno = linkat(source, name, target, name);
        if (errno === 0) continue;
        const error = errnoError(errno, 'linkat', path.join(sourceDir, name), path.join(targetDir, name));
        throw Object.assign(error, { linked });
      }
    } finally {
      closeSync(target);
    }
  } finally {
    closeSync(source);
  }
}

function linkEach(sourceDir: string, targetDir: string, names: readonly string[]): void {
  for (const [linked, name] of names.entries()) {
    try {
      linkSync(path.join(sourceDir, name), path.join(targetDir, name));
    } catch (error) {
      throw Object.assign(error as NodeJS.ErrnoException, { linked });
    }
  }
}
