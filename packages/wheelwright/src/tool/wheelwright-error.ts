// The errors of this package: wrong settings and inputs, and what no single engine can detect.
import { CodedError } from '@wheelwright/errors';

/** Error codes of this package. The README has a section for each. */
export type WheelwrightErrorCode =
  | 'WHEELWRIGHT_USAGE'
  | 'WHEELWRIGHT_NO_INDEX'
  | 'WHEELWRIGHT_NO_STORE'
  | 'WHEELWRIGHT_NO_DATA_DIRECTORY'
  | 'WHEELWRIGHT_ABORTED'
  | 'WHEELWRIGHT_BAD_INPUT'
  | 'WHEELWRIGHT_HASH_MISMATCH'
  | 'WHEELWRIGHT_HASH_MISSING'
  | 'WHEELWRIGHT_BUILD_REQUIREMENTS'
  | 'WHEELWRIGHT_BUILDS_DIFFER'
  | 'WHEELWRIGHT_LOCK_OUTDATED'
  | 'WHEELWRIGHT_SOURCE_UNAVAILABLE'
  | 'WHEELWRIGHT_WRONG_PLATFORM'
  | 'WHEELWRIGHT_NOT_INSTALLED'
  | 'WHEELWRIGHT_ENVIRONMENT_CHANGED';

/** An error of this package. Errors of the other packages pass through unchanged. */
export class WheelwrightError extends CodedError<WheelwrightErrorCode> {}
