// Every failure of this package that a caller can act on. docs/errors.md describes each code.
import { CodedError } from '@wheelwright/errors';

/** Codes are public: none is renamed, none is used again for something else. */
export type InstallErrorCode =
  | 'INSTALL_CONFLICT'
  | 'INSTALL_DIRECTORY_CONFLICT'
  | 'INSTALL_PATH_OCCUPIED'
  | 'INSTALL_NAMED_TWICE'
  | 'INSTALL_PROTECTED_PATH'
  | 'INSTALL_BAD_SCRIPT'
  | 'INSTALL_ENVIRONMENT_CHANGED'
  | 'INSTALL_NOT_INSTALLED'
  | 'INSTALL_NO_RECORD'
  | 'INSTALL_CHECK_FAILED'
  | 'INSTALL_UNSUPPORTED_ENVIRONMENT'
  | 'INSTALL_EXTERNALLY_MANAGED'
  | 'INSTALL_IN_USE'
  | 'INSTALL_NO_SUCH_GENERATION'
  | 'INSTALL_NOT_DURABLE'
  | 'INSTALL_ABORTED'
  | 'INSTALL_NO_SHARING'
  | 'INSTALL_SHARED_LOST'
  | 'INSTALL_BEYOND_REPAIR'
  | 'INSTALL_UNSAFE_DATA'
  | 'INSTALL_NEWER_DATA'
  | 'INSTALL_UNSAFE_ENVIRONMENT';

/** An operation that was refused or undone; where `data.committed` is true, one that was done and needs attention. */
export class InstallError extends CodedError<InstallErrorCode> {}
