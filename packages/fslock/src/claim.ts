// Locks on file systems without flock: a directory beside what is locked, held while a claim lies in it. A claim is a
// file of its own random name. The directory is staged with the claim in it and renamed into place, which the kernel
// refuses over a directory that is not empty; a claim is dropped by its name, so that nobody drops another's by mistake.
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

/** The claim that lies in a lock directory. */
export interface Claim {
  readonly id: string;
  readonly holder: LockHolder;
  readonly owner: ProcessIdentity | undefined;
}

/** The lock directory of `lockPath`. */
export function claimDir(lockPath: string): string {
  return `${lockPath}.held`;
}

/** Puts a claim; false: another lies there. */
export function putClaim(dir: string, id: string, holder: LockHolder): boolean {
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

/** Drops the claim `id`, if it is there; the directory too, unless the next has claimed it. */
export function dropClaim(dir: string, id: string): void {
  ignoring(['ENOENT'], () => unlinkSync(path.join(dir, id)));
  ignoring(['ENOENT', 'ENOTEMPTY', 'EEXIST'], () => rmdirSync(dir));
}

/** The claim in the directory; undefined where none is. A torn one has neither holder nor owner, and holds. */
export function readClaim(dir: string): Claim | undefined {
  const [id] = ignoring(['ENOENT', 'ENOTDIR'], () => readdirSync(dir)) ?? [];
  const text = id === undefined ? undefined : ignoring(['ENOENT'], () => readFileSync(path.join(dir, id), 'utf8'));
  if (id === undefined || text === undefined) return undefined;
  const holder = parseHolder(text);
  return { id, holder: holder ?? {}, owner: holder && (JSON.parse(text) as { owner?: ProcessIdentity }).owner };
}

/** Drops the claim of a process that is proven dead. */
export function dropDeadClaim(dir: string): void {
  const claim = readClaim(dir);
  if (claim?.owner !== undefined && isProvenDead(claim.owner)) dropClaim(dir, claim.id);
}

function ignoring<T>(codes: readonly string[], run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (isErrno(error, ...codes)) return undefined;
    throw error;
  }
}
