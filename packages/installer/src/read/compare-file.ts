// How one file of a distribution is compared: its content, and whether the way to it leads through a link that replaced a
// directory.

import path from 'node:path';
import { lookAtEntry } from '@wheelwright/atomic-fs';
import { isErrno } from '@wheelwright/errors';
import { hashText } from '../layout/record-hash.ts';
import type { InstalledFile } from '../model/types.ts';

/**
 * Compares the file at the absolute path `file` with the hash of a RECORD (base64url, or `algorithm=digest`). Undefined: it
 * is as recorded, or the RECORD states no hash.
 */
export function compareFile(file: string, expected: string | undefined): 'missing' | 'modified' | undefined {
  const found = lookAtEntry(file);
  if (found === undefined) return 'missing';
  if (expected === undefined) return undefined;
  const at = expected.indexOf('=');
  const [algorithm, digest] = at < 0 ? ['sha256', expected] : [expected.slice(0, at), expected.slice(at + 1)];
  try {
    return found.isFile() && hashText(file, algorithm) === digest ? undefined : 'modified';
  } catch (error) {
    // A file that its owner cannot read is not as it was installed.
    if (isErrno(error, 'EACCES')) return 'modified';
    throw error;
  }
}

/** The function `lacks` of an `InstalledState` for the prefix at `prefixDir`. */
export function lackingIn(prefixDir: string): (file: InstalledFile) => boolean {
  return ({ path: file, sha256 }) => compareFile(path.join(prefixDir, file), sha256) !== undefined;
}

/**
 * Returns a function that finds the first link on the way to a file below `directory`, both relative to the prefix. Each
 * directory is examined once.
 */
export function linkFinder(prefixDir: string, directory: string): (file: string) => string | undefined {
  const known = new Map<string, string | undefined>();
  const find = (at: string): string | undefined => {
    if (at === directory || !at.startsWith(directory === '' ? '' : `${directory}/`) || at === '.') return undefined;
    if (known.has(at)) return known.get(at);
    const isLink = lookAtEntry(path.join(prefixDir, at))?.isSymbolicLink() === true;
    const found = find(path.posix.dirname(at)) ?? (isLink ? at : undefined);
    known.set(at, found);
    return found;
  };
  return (file) => find(path.posix.dirname(file));
}
