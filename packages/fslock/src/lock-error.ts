// The errors of this package. Each code is public and never changes its meaning.
import { CodedError } from '@wheelwright/errors';

/** The codes of {@link LockError}; README.md explains each. */
export type LockErrorCode =
  | 'FSLOCK_TIMEOUT'
  | 'FSLOCK_ABORTED'
  | 'FSLOCK_HELD_BY_ANCESTOR'
  | 'FSLOCK_UNSUPPORTED'
  | 'FSLOCK_UNSAFE_PATH';

/** Thrown when a lock was not acquired; the caller then holds nothing. `data.path` is the path, `data.holders` the holders. */
export class LockError extends CodedError<LockErrorCode> {}
