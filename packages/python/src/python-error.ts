// The errors of this package.
import { CodedError } from '@wheelwright/errors';

/** The codes of {@link PythonError}; README.md explains each. */
export type PythonErrorCode =
  | 'PYTHON_NOT_FOUND'
  | 'PYTHON_PROBE_FAILED'
  | 'PYTHON_UNSUPPORTED'
  | 'ENVIRONMENT_NOT_FOUND'
  | 'ENVIRONMENT_EXISTS'
  | 'ENVIRONMENT_FOREIGN'
  | 'ENVIRONMENT_DAMAGED'
  | 'ENVIRONMENT_NEWER_FORMAT';

/** Thrown when an interpreter or environment is missing, unusable or damaged. `data.path` names it. */
export class PythonError extends CodedError<PythonErrorCode> {}
