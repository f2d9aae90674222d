// The errors of builds. `data` holds what a program needs to act on them.
import { CodedError } from '@wheelwright/errors';

/** Error codes of this package. Its README has a section for each. */
export type Pep517ErrorCode =
  | 'PEP517_NOT_A_PROJECT'
  | 'PEP517_BAD_PYPROJECT'
  | 'PEP517_BACKEND_UNAVAILABLE'
  | 'PEP517_BACKEND_FAILED'
  | 'PEP517_NO_RESULT'
  | 'PEP517_TIMEOUT'
  | 'PEP517_BAD_ARTIFACT'
  | 'PEP517_TREE_CHANGED'
  | 'PEP517_BUILD_CYCLE'
  | 'PEP517_REQUIREMENTS_FAILED'
  | 'PEP517_ABORTED';

/** A failed build. `data.path` names the source; `data.log` is the end of the output, if there is any. */
export class Pep517Error extends CodedError<Pep517ErrorCode> {}
