// Keeps the paths of a transaction below its root: relative, without `..`, and through real directories only. A link on
// the way would let a name inside the root change something outside.
import { lstatSync } from 'node:fs';
import path from 'node:path';
import { AtomicFsError } from '../atomic-fs-error.ts';

/** Whether `relative` is a plain path with `/`: no empty, `.` or `..` component, no NUL, no backslash on Windows. */
export function isSafeRelative(relative: string): boolean {
  if (relative.includes('\0') || (path.sep === '\\' && /[\\:]/.test(relative))) return false;
  return relative.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}

/** Whether one path equals or contains the other. */
export function overlap(a: string, b: string): boolean {
  return a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`);
}

/** The first of `paths` that occurs twice or is inside another. */
export function findOverlap(paths: readonly string[]): string | undefined {
  const seen = new Set(paths);
  if (seen.size !== paths.length) return paths.find((one, n) => paths.indexOf(one) !== n);
  return paths.find((one) => {
    for (let at = one.lastIndexOf('/'); at > 0; at = one.lastIndexOf('/', at - 1)) {
      if (seen.has(one.slice(0, at))) return true;
    }
    return false;
  });
}

/**
 * The absolute path of `relative` below `rootDir`. Throws `ATOMIC_FS_UNSAFE_PATH` where a directory on the way is
 * absent or is a link, `ATOMIC_FS_CROSS_DEVICE` where another file system is mounted on it.
 */
export function resolveBeneath(rootDir: string, relative: string): string {
  if (!isSafeRelative(relative)) throw unsafe(relative, 'is not a plain path below the root');
  const root = lstatSync(rootDir);
  let current = rootDir;
  for (const part of relative.split('/').slice(0, -1)) {
    current = path.join(current, part);
    const stats = lstatSync(current, { throwIfNoEntry: false });
    if (stats === undefined) throw absent(relative, `has no directory to lie in: ${current} does not exist`);
    if (!stats.isDirectory()) throw unsafe(relative, `leads through ${current}, which is not a directory`);
    if (stats.dev !== root.dev) throw crossDevice(current, rootDir);
  }
  return path.join(rootDir, relative);
}

export function crossDevice(other: string, rootDir: string): AtomicFsError {
  return new AtomicFsError('ATOMIC_FS_CROSS_DEVICE', `${other} is on another file system than ${rootDir}.`, {
    hint: 'A transaction changes one file system: keep the root free of mounts.',
    data: { path: other, rootDir },
  });
}

/** As {@link unsafe}, for what is not there: `data.missing` is true. */
export function absent(relative: string, reason: string): AtomicFsError {
  return unsafe(relative, reason, true);
}

export function unsafe(relative: string, reason: string, missing = false): AtomicFsError {
  return new AtomicFsError('ATOMIC_FS_UNSAFE_PATH', `${relative} cannot be part of the transaction: it ${reason}.`, {
    hint: 'Name each path once, relative to the root and through real directories.',
    data: { path: relative, ...(missing ? { missing } : {}) },
  });
}
