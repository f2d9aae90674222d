// The errors of a store that its user has to settle. What the store settles itself (a torn cache file, the litter of a
// dead process) is not an error.
import { CodedError } from '@wheelwright/errors';

/** What is wrong; the README has a line for each. */
export type StoreErrorCode =
  | 'STORE_UNSAFE'
  | 'STORE_NEWER_FORMAT'
  | 'STORE_DAMAGED'
  | 'STORE_HASH_MISMATCH'
  | 'STORE_COMPILE_FAILED'
  | 'STORE_UNPACK_DIED'
  | 'STORE_CLOSED';

/** A store that cannot be used as it is. `data` has `path`. */
export class StoreError extends CodedError<StoreErrorCode> {}
