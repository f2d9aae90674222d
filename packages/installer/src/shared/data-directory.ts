// The data directory that environments of the layout `shared` lead into: its paths, how it is made, and when it is refused
// because other users could write into it. It is not a cache: the packages of environments are in it.
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { type Fs, syncDirectory, writeFileAtomic } from '@wheelwright/atomic-fs';
import { isErrno } from '@wheelwright/errors';
import { InstallError } from '../model/install-error.ts';

/** The format of the directory. It grows when an older version could misread what this one writes. */
export const sharedFormat = 1;

/** The paths of a data directory; all are absolute. */
export interface SharedArea {
  /** The data directory. */
  readonly dir: string;
  /** One line: the number of the format. Written last when the directory is made. */
  readonly format: string;
  /** `<key>/`: a shared generation; `.filling-…`: a generation that is being made or removed. */
  readonly shared: string;
  /** `<hash of the path>`: the path of an environment, which may name shared generations. */
  readonly roots: string;
  /** `<key>`: exclusive for a process that makes or removes the generation, shared for one that begins to use it; `roots`. */
  readonly locks: string;
}

/** The paths of the data directory at the absolute path `dir`. Reads nothing. */
export function sharedArea(dir: string): SharedArea {
  const below = (name: string) => path.join(dir, name);
  return { dir, format: below('format'), shared: below('shared'), roots: below('roots'), locks: below('locks') };
}

/** Whether the directory exists. Throws INSTALL_UNSAFE_DATA or INSTALL_NEWER_DATA where it must not be used. */
export function checkArea(area: SharedArea): boolean {
  const format = readFormat(area);
  if (format === undefined) return false;
  for (const dir of [area.dir, area.shared, area.roots, area.locks]) checkOwner(dir);
  if (format === sharedFormat) return true;
  throw new InstallError('INSTALL_NEWER_DATA', `${area.dir} has format ${format}, and only ${sharedFormat} is known.`, {
    hint: 'Use the version of wheelwright that made it, or another directory.',
    data: { path: area.dir, found: format, expected: sharedFormat },
  });
}

/** Makes the directory where there is none. After a crash the next call completes it. */
export function prepareArea(area: SharedArea, fs: Fs): void {
  if (checkArea(area)) return;
  makeDirectories(area.dir, fs);
  checkOwner(area.dir);
  for (const dir of [area.shared, area.roots, area.locks]) makeDirectory(dir, fs);
  // The format goes last, when the others are synced: a file system may keep a later name and lose an earlier one.
  // crash before here: the next call makes what is missing.
  syncDirectory(area.dir, { fs });
  writeFileAtomic(area.format, `${sharedFormat}\n`, { fs });
}

function readFormat({ format }: SharedArea): number | undefined {
  try {
    return Number(readFileSync(format, 'utf8'));
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}

function checkOwner(dir: string): void {
  if (process.getuid === undefined) return;
  const stats = statSync(dir, { throwIfNoEntry: false });
  if (stats === undefined) return;
  const { uid, mode } = stats;
  const others = uid !== process.getuid();
  if (!others && (mode & 0o022) === 0) return;
  const what = others ? 'belongs to another user' : 'can be written to by others';
  throw new InstallError('INSTALL_UNSAFE_DATA', `${dir} ${what}, so nothing in it can be trusted.`, {
    hint: others ? 'Name another data directory.' : `Withdraw that permission: chmod go-w ${JSON.stringify(dir)}`,
    data: { path: dir, owner: uid, mode: mode & 0o777 },
  });
}

function makeDirectories(dir: string, fs: Fs): void {
  if (statSync(dir, { throwIfNoEntry: false }) !== undefined) return;
  makeDirectories(path.dirname(dir), fs);
  makeDirectory(dir, fs);
  syncDirectory(path.dirname(dir), { fs });
}

function makeDirectory(dir: string, fs: Fs): void {
  try {
    fs.mkdir(dir, 0o755);
  } catch (error) {
    // Another process makes the same directory, or a dead one began to.
    if (!isErrno(error, 'EEXIST')) throw error;
  }
}
