// The links at the top of an environment, one for each name at the top of a generation: a switch changes everything below
// them at once. The stable ones are made with the environment; a wheel's data can need more.
import { readdirSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { type Fs, lookAtEntry } from '@wheelwright/atomic-fs';
import { environmentPaths, generationFileName, stableLinks, stableLinkTarget } from '@wheelwright/python';
import { InstallError } from '../model/install-error.ts';

/**
 * Makes the links that `names` need and returns those that it made. They lead nowhere until the commit. Throws
 * INSTALL_PATH_OCCUPIED where another entry has the name.
 */
export function makeTopLinks(environmentDir: string, names: readonly string[], fs: Fs): string[] {
  const missing = names.filter((name) => name !== generationFileName && !isTopLink(environmentDir, name));
  for (const name of missing) fs.symlink(stableLinkTarget(name), path.join(environmentDir, name));
  return missing;
}

/** Removes the links that lead nowhere in the current generation. */
export function sweepTopLinks(environmentDir: string, fs: Fs): void {
  const { current } = environmentPaths(environmentDir);
  for (const entry of readdirSync(environmentDir, { withFileTypes: true })) {
    if (!entry.isSymbolicLink() || stableLinks.includes(entry.name)) continue;
    const link = path.join(environmentDir, entry.name);
    if (readlinkSync(link) !== stableLinkTarget(entry.name)) continue;
    if (lookAtEntry(path.join(current, entry.name)) === undefined) fs.unlink(link);
  }
}

/** Whether the name is such a link; undefined where there is no such entry. */
export function isOurTopLink(environmentDir: string, name: string): boolean | undefined {
  const link = path.join(environmentDir, name);
  const found = lookAtEntry(link);
  if (found === undefined) return undefined;
  return found.isSymbolicLink() && readlinkSync(link) === stableLinkTarget(name);
}

function isTopLink(environmentDir: string, name: string): boolean {
  const link = path.join(environmentDir, name);
  const ours = isOurTopLink(environmentDir, name);
  if (ours !== false) return ours === true;
  throw new InstallError(
    'INSTALL_PATH_OCCUPIED',
    `${link} is in the way: a distribution to install has ${name}/ too.`,
    {
      hint: 'Nothing was changed. Move it away and try again.',
      data: { path: name, owners: [] },
    },
  );
}
