// The lock directory used on file systems without flock: it stands beside the locked path and is held while it contains
// an owner file. An owner file has a random name. The directory is staged with its owner file and renamed into place;
// the kernel refuses that rename over a directory that is not empty. Each owner is removed by its own name, so no
// process can remove the owner of another by mistake.
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { isErrno } from '@wheelwright/errors';
import { parseHolder } from './holder.ts';
import { isProvenDead, ownIdentity, type ProcessIdentity } from './identity.ts';
import type { LockHolder } from './ports.ts';

/** The owner file found in a lock directory. */
export interface DirectoryOwner {
  /** Name of the owner file, random for each acquisition. */
  readonly id: string;
  readonly holder: LockHolder;
  readonly owner: ProcessIdentity | undefined;
}

/** The lock directory of `lockPath`. */
export function lockDirOf(lockPath: string): string {
  return `${lockPath}.held`;
}

/** Takes the lock directory for the owner `id`. Returns false when it already has an owner. */
export function placeOwner(dir: string, id: string, holder: LockHolder): boolean {
  const staged = `${dir}-${id}`;
  mkdirSync(staged);
  try {
    writeFileSync(path.join(staged, id), `${JSON.stringify({ ...holder, owner: ownIdentity() })}\n`);
    renameSync(staged, dir);
    return true;
  } catch (error) {
    rmSync(staged, { recursive: true, force: true });
    if (isErrno(error, 'ENOTEMPTY', 'EEXIST')) return false;
    throw error;
  }
}

/** Removes the owner `id` if it is there, and then the directory unless another owner has taken it. */
export function dropOwner(dir: string, id: string): void {
  ignoring(['ENOENT'], () => unlinkSync(path.join(dir, id)));
  ignoring(['ENOENT', 'ENOTEMPTY', 'EEXIST'], () => rmdirSync(dir));
}

/** Reads the owner of a lock directory; undefined when it has none. A torn owner file names no process and still holds. */
export function readOwner(dir: string): DirectoryOwner | undefined {
  const [id] = ignoring(['ENOENT', 'ENOTDIR'], () => readdirSync(dir)) ?? [];
  const text = id === undefined ? undefined : ignoring(['ENOENT'], () => readFileSync(path.join(dir, id), 'utf8'));
  if (id === undefined || text === undefined) return undefined;
  const holder = parseHolder(text);
  return { id, holder: holder ?? {}, owner: holder && (JSON.parse(text) as { owner?: ProcessIdentity }).owner };
}

/** Removes the owner when its process is proven dead. */
export function dropDeadOwner(dir: string): void {
  const found = readOwner(dir);
  if (found?.owner !== undefined && isProvenDead(found.owner)) dropOwner(dir, found.id);
}

function ignoring<T>(codes: readonly string[], run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (isErrno(error, ...codes)) return undefined;
    throw error;
  }
}
