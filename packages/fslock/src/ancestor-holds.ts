// Finds the locks that this process and its ancestors hold. A process that waits for a lock of its ancestor deadlocks
// when that ancestor waits for the process, so such a wait is refused at once. A process whose ancestor shares a lock
// must not queue behind a writer, because that writer waits for the ancestor.
import { describeHolder, readHolder } from './holder.ts';
import { LockError } from './lock-error.ts';
import type { LockFile } from './open-lock-file.ts';
import type { LockHolder, LockMode } from './ports.ts';
import { ancestorIds, describeProgram, heldBy } from './processes.ts';

/** A hold on one lock by this process or an ancestor. */
export interface AncestorHold {
  /** 0 for this process, 1 for its parent, and so on. */
  readonly distance: number;
  readonly mode: LockMode;
  readonly holder: LockHolder;
}

/** Every visible hold on `file` by this process and its ancestors, nearest first. */
export function ancestorHolds(file: LockFile): AncestorHold[] {
  const named = file.kind === 'file' ? readHolder(file.fd) : undefined;
  const found: AncestorHold[] = [];
  for (const [distance, pid] of [process.pid, ...ancestorIds()].entries()) {
    const mode = heldBy(pid, file);
    if (mode === undefined) continue;
    const isNamed = named?.pid === pid;
    const holder = isNamed ? named : { pid, purpose: describeProgram(pid) };
    if (mode !== 'unreadable') found.push({ distance, mode, holder });
    else if (isNamed) found.push({ distance, mode: 'exclusive', holder }); // another user's process, known by its line in the file
  }
  return found;
}

/** Throws FSLOCK_HELD_BY_ANCESTOR when an ancestor's hold in `holds` excludes `mode`. */
export function refuseAncestor(path: string, mode: LockMode, holds: readonly AncestorHold[]): void {
  const ancestor = holds.find((lock) => lock.distance > 0 && (mode === 'exclusive' || lock.mode === 'exclusive'));
  if (ancestor === undefined) return;
  const who = describeHolder(ancestor.holder);
  throw new LockError('FSLOCK_HELD_BY_ANCESTOR', `${path} is locked by ${who}, an ancestor of this process.`, {
    hint: 'The ancestor may be waiting for this process. Run one before or after the other, not inside it.',
    data: { path, holders: [ancestor.holder] },
  });
}
