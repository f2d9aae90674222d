// Whether a lock is held by this process or by one that it descends from. Waiting for an ancestor is waiting for oneself
// where that ancestor waits for this process, so it is refused at once; and one whose family shares a lock already must
// not queue behind a waiter that waits for this very family.
import { describeHolder, readHolder } from './holder.ts';
import { LockError } from './lock-error.ts';
import type { LockFile } from './open-lock-file.ts';
import type { LockHolder, LockMode } from './ports.ts';
import { ancestorIds, describeProgram, heldBy } from './processes.ts';

export interface FamilyLock {
  /** 0: this process; 1: its parent; …. */
  readonly generation: number;
  readonly mode: LockMode;
  readonly holder: LockHolder;
}

/** Every hold on `file` in the family that is seen, nearest first. */
export function familyLocks(file: LockFile): FamilyLock[] {
  const named = file.kind === 'file' ? readHolder(file.fd) : undefined;
  const found: FamilyLock[] = [];
  for (const [generation, pid] of [process.pid, ...ancestorIds()].entries()) {
    const mode = heldBy(pid, file);
    if (mode === undefined) continue;
    const isNamed = named?.pid === pid;
    const holder = isNamed ? named : { pid, purpose: describeProgram(pid) };
    if (mode !== 'unreadable') found.push({ generation, mode, holder });
    else if (isNamed) found.push({ generation, mode: 'exclusive', holder }); // another user, but it left its name
  }
  return found;
}

/** Throws FSLOCK_HELD_BY_ANCESTOR where waiting for `mode` would be waiting for an ancestor. */
export function refuseAncestor(path: string, mode: LockMode, family: readonly FamilyLock[]): void {
  const ancestor = family.find((lock) => lock.generation > 0 && (mode === 'exclusive' || lock.mode === 'exclusive'));
  if (ancestor === undefined) return;
  const who = describeHolder(ancestor.holder);
  throw new LockError('FSLOCK_HELD_BY_ANCESTOR', `${path} is locked by ${who}, from which this process descends.`, {
    hint: 'It may be waiting for this process: do the one before or after the other, not within it.',
    data: { path, holders: [ancestor.holder] },
  });
}
