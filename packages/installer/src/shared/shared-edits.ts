// Compares the files of a shared generation with their RECORDs.
import path from 'node:path';
import type { InstalledState } from '../model/types.ts';
import { compareFile } from '../read/compare-file.ts';

/** The files of the shared generation that differ from their RECORDs, relative to the prefix. */
export function sharedEdits({ prefixDir, distributions, layout, shared }: InstalledState): string[] {
  const inBin = (file: string) => file.startsWith(`${layout.scripts}/`);
  return distributions
    .flatMap(({ files = [] }) => files)
    .filter(({ path: file, sha256 }) => sha256 !== undefined && compareFile(locate(file), sha256) !== undefined)
    .map(({ path: file }) => file);

  function locate(file: string): string {
    return path.join(inBin(file) && shared?.dir !== undefined ? shared.dir : prefixDir, file);
  }
}
