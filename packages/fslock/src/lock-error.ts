// What a caller of this package is expected to handle, each with a code that never changes its meaning.
import { CodedError } from '@wheelwright/errors';

export type LockErrorCode =
  | 'FSLOCK_TIMEOUT'
  | 'FSLOCK_ABORTED'
  | 'FSLOCK_HELD_BY_ANCESTOR'
  | 'FSLOCK_UNSUPPORTED'
  | 'FSLOCK_UNSAFE_PATH';

/** A lock that was not taken; nothing is held when this is thrown. `data.path` names it, `data.holders` who has it. */
export class LockError extends CodedError<LockErrorCode> {}
