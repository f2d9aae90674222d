// What this package throws where a caller is expected to act; plain failures of the operating system pass as they are.
import { CodedError, isErrno } from '@wheelwright/errors';

/** The codes; README.md explains each. `…_NOT_DURABLE` and `…_UNFINISHED` are thrown after the commit decision. */
export type AtomicFsErrorCode =
  | 'ATOMIC_FS_NOT_DURABLE'
  | 'ATOMIC_FS_LINK_UNSUPPORTED'
  | 'ATOMIC_FS_UNSAFE_PATH'
  | 'ATOMIC_FS_CROSS_DEVICE'
  | 'ATOMIC_FS_NOT_STAGED'
  | 'ATOMIC_FS_TARGET_CHANGED'
  | 'ATOMIC_FS_RECOVERY_NEEDED'
  | 'ATOMIC_FS_UNFINISHED'
  | 'ATOMIC_FS_STAGED_LOST'
  | 'ATOMIC_FS_JOURNAL_NEWER'
  | 'ATOMIC_FS_JOURNAL_DAMAGED'
  | 'ATOMIC_FS_JOURNAL_FOREIGN';

/** The failure of the operating system behind an error: as a clause for its message, and as data (`errno`, `failedPath`). */
export function reasonOf(cause: unknown): { readonly why: string; readonly data: Readonly<Record<string, unknown>> } {
  const why = cause instanceof Error ? cause.message : String(cause);
  if (!isErrno(cause)) return { why, data: {} };
  return { why, data: { errno: cause.code, failedPath: cause.path } };
}

/** A change that was refused, undone, or (`data.committed`) made with a reservation. */
export class AtomicFsError extends CodedError<AtomicFsErrorCode> {}
