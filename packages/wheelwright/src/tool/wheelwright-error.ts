// What goes wrong between the engines: settings, inputs and what the tool as a whole refuses.
import { CodedError } from '@wheelwright/errors';

/** Codes of the tool itself, each with a section in the README. */
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

/** Thrown by the tool itself; what an engine throws passes through unchanged. */
export class WheelwrightError extends CodedError<WheelwrightErrorCode> {}
