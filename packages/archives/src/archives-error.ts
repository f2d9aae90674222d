// Why an archive was refused. A refusal says which rule was broken and by which entry, and comes before anything of the
// archive was written wherever the structure alone gives it away.
import { CodedError } from '@wheelwright/errors';

export type ArchivesErrorCode =
  | 'WHEEL_NOT_A_ZIP'
  | 'WHEEL_TRUNCATED'
  | 'WHEEL_CORRUPT'
  | 'WHEEL_UNSAFE_PATH'
  | 'WHEEL_DUPLICATE_NAME'
  | 'WHEEL_SYMLINK'
  | 'WHEEL_UNSUPPORTED'
  | 'WHEEL_INVALID_NAME'
  | 'WHEEL_INVALID_METADATA'
  | 'WHEEL_RECORD_MISSING'
  | 'WHEEL_RECORD_MISMATCH'
  | 'SDIST_INVALID_NAME'
  | 'SDIST_NOT_AN_ARCHIVE'
  | 'SDIST_INVALID_LAYOUT'
  | 'SDIST_UNSAFE_PATH'
  | 'SDIST_UNSAFE_LINK'
  | 'SDIST_UNSUPPORTED';

/** An archive that is not what it should be. `data` has `archive` and, where one is to blame, `entry`. */
export class ArchivesError extends CodedError<ArchivesErrorCode> {}
