// Whether another program wrote into a prefix since its change was planned: pip takes no lock, and uv continues without its
// lock after 300 s. Compares the directories in which something is to change, and the metadata of every distribution.
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { listNames } from '@wheelwright/atomic-fs';
import { isErrno } from '@wheelwright/errors';
import { rootName } from '@wheelwright/python';
import { isCacheDir } from '../layout/byte-code.ts';
import { within } from '../layout/schemes.ts';

/** Texts by path: equal texts mean the same state. */
export type Fingerprint = ReadonlyMap<string, string>;

/** The state of the names in `sitePackages` and of the metadata of each distribution. */
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

/** The paths in which `prefixDir` differs from `before` and from `seen`; empty: no program wrote. */
export function changedSincePlan(
  prefixDir: string,
  sitePackages: string,
  before: Fingerprint,
  seen: ReadonlyMap<string, readonly string[]>,
): string[] {
  const now = fingerprintOf(prefixDir, sitePackages);
  const changed = [...new Set([...before.keys(), ...now.keys()])].filter((key) => before.get(key) !== now.get(key));
  for (const [directory, names] of seen) {
    if (isCacheDir(directory) || directory === rootName) continue;
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

/** The state of the entry; undefined where there is none, or where this user may not read it. */
function look(at: string): string | undefined {
  try {
    const found = statSync(at, { bigint: true, throwIfNoEntry: false });
    return found?.isDirectory() ? 'directory' : found && `${found.ino} ${found.size} ${found.mtimeNs}`;
  } catch (error) {
    if (isErrno(error, 'ENOTDIR', 'EACCES', 'ELOOP')) return undefined;
    throw error;
  }
}

// Our own entries come and go during the work, and any interpreter writes byte-code.
function listed(names: readonly string[]): string {
  return names
    .filter((name) => !isCacheDir(name) && name !== rootName && name !== '.lock')
    .sort()
    .join('\n');
}
