// How one file of a distribution is compared: its content, and whether the way to it leads through a link that replaced a
// directory.

import path from 'node:path';
import { lookAtEntry } from '@wheelwright/atomic-fs';
import { isErrno } from '@wheelwright/errors';
import { hashText } from '../layout/record-hash.ts';
import type { InstalledFile } from '../model/types.ts';

/** Whether the file lies there with the hash that a RECORD states. */
export function compareFile(file: string, expected: string | undefined): 'missing' | 'modified' | undefined {
  const found = lookAtEntry(file);
  if (found === undefined) return 'missing';
  if (expected === undefined) return undefined;
  const at = expected.indexOf('=');
  const [algorithm, digest] = at < 0 ? ['sha256', expected] : [expected.slice(0, at), expected.slice(at + 1)];
  try {
    return found.isFile() && hashText(file, algorithm) === digest ? undefined : 'modified';
  } catch (error) {
    // What its owner cannot read either is not as it was installed.
    if (isErrno(error, 'EACCES')) return 'modified';
    throw error;
  }
}

/** {@link InstalledState.lacks} for the prefix at `prefixDir`. */
export function lackingIn(prefixDir: string): (file: InstalledFile) => boolean {
  return ({ path: file, sha256 }) => compareFile(path.join(prefixDir, file), sha256) !== undefined;
}

/** Finds links on the way to files below `directory` of a prefix; each directory is looked at once. */
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

/** Byte-code in a RECORD, or a place for it: anybody may remove it, and any interpreter writes it anew. */
export function isByteCode(file: string): boolean {
  return /(?:^|\/)__pycache__(?:\/[^/]*)?$|\.pyc$/.test(file);
}
