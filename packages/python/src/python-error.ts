// What goes wrong with interpreters and environments, as codes.
import { CodedError } from '@wheelwright/errors';

export type PythonErrorCode =
  | 'PYTHON_NOT_FOUND'
  | 'PYTHON_PROBE_FAILED'
  | 'PYTHON_UNSUPPORTED'
  | 'ENVIRONMENT_NOT_FOUND'
  | 'ENVIRONMENT_EXISTS'
  | 'ENVIRONMENT_FOREIGN'
  | 'ENVIRONMENT_DAMAGED'
  | 'ENVIRONMENT_NEWER_FORMAT';

/** A failure of this package; `data` names the path, and what was expected and found there. */
export class PythonError extends CodedError<PythonErrorCode> {}
