// The errors of this package. Each says which rule an archive breaks and, where one entry is to blame, which entry.
import { CodedError } from '@wheelwright/errors';

/** Why an archive is refused; the README has a line for each. */
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

/** An archive that is refused. `data` has `archive`, its name, and `entry` where one entry is to blame. */
export class ArchivesError extends CodedError<ArchivesErrorCode> {}
