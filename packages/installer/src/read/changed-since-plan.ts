// Whether somebody wrote into a prefix since it was read: pip takes no lock, and uv goes on without it after 300 s. Looked
// at are the directories in which something is to change, and what every distribution says of itself.
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { listNames } from '@wheelwright/atomic-fs';
import { isErrno } from '@wheelwright/errors';
import { rootName } from '@wheelwright/python';
import { within } from '../layout/schemes.ts';

/** Texts by path; two that are equal tell of the same state. */
export type Fingerprint = ReadonlyMap<string, string>;

/** What the distributions in `sitePackages` say of themselves, and their names. */
export function fingerprintOf(prefixDir: string, sitePackages: string): Fingerprint {
  const siteDir = path.join(prefixDir, sitePackages);
  const names = readdirSync(siteDir);
  const found = new Map([[sitePackages, listed(names)]]);
  for (const name of names) {
    if (!/\.(?:dist|egg)-info$/.test(name)) continue;
    const own = look(path.join(siteDir, name));
    const state = own === undefined || own === 'directory' ? (look(path.join(siteDir, name, 'RECORD')) ?? '') : own;
    found.set(
      within(sitePackages, name),
      `${state}\n${own === 'directory' ? listed(namesIn(path.join(siteDir, name))) : ''}`,
    );
  }
  return found;
}

/** The paths in which `prefixDir` is not as it was; empty: nobody wrote. */
export function changedSincePlan(
  prefixDir: string,
  sitePackages: string,
  before: Fingerprint,
  seen: ReadonlyMap<string, readonly string[]>,
): string[] {
  const now = fingerprintOf(prefixDir, sitePackages);
  const changed = [...new Set([...before.keys(), ...now.keys()])].filter((key) => before.get(key) !== now.get(key));
  for (const [directory, names] of seen) {
    if (isByteCode(directory) || directory === rootName) continue;
    if (listed(listNames(path.join(prefixDir, directory))) !== listed(names)) changed.push(directory);
  }
  return changed;
}

function namesIn(dir: string): readonly string[] {
  try {
    return listNames(dir);
  } catch (error) {
    if (isErrno(error, 'EACCES')) return [];
    throw error;
  }
}

/** How the entry looks; undefined where none lies there, or where this user may not look. */
function look(at: string): string | undefined {
  try {
    const found = statSync(at, { bigint: true, throwIfNoEntry: false });
    return found?.isDirectory() ? 'directory' : found && `${found.ino} ${found.size} ${found.mtimeNs}`;
  } catch (error) {
    if (isErrno(error, 'ENOTDIR', 'EACCES', 'ELOOP')) return undefined;
    throw error;
  }
}

function isByteCode(directory: string): boolean {
  return /(?:^|\/)__pycache__$/.test(directory);
}

// Ours come and go during the work, and byte-code is everybody's.
function listed(names: readonly string[]): string {
  return names
    .filter((name) => name !== '__pycache__' && name !== rootName && name !== '.lock')
    .sort()
    .join('\n');
}
