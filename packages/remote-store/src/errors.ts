// What can go wrong between this machine and the remote. No message carries a secret: every text goes through `redactUrls`.
import { CodedError, type CodedErrorOptions, redactUrls } from '@wheelwright/errors';

/** The codes of a {@link RemoteError}. */
export type RemoteErrorCode =
  | 'REMOTE_UNREACHABLE'
  | 'REMOTE_SLOW'
  | 'REMOTE_DENIED'
  | 'REMOTE_FULL'
  | 'REMOTE_ALTERED'
  | 'REMOTE_MISCONFIGURED';

/**
 * A failure of the remote. `data.remote` names the remote without credentials, `data.status` holds the HTTP status where
 * one came, and `data.engineCode` the code that an S3 engine states.
 */
export class RemoteError extends CodedError<RemoteErrorCode> {
  constructor(code: RemoteErrorCode, message: string, options: CodedErrorOptions = {}) {
    super(code, redactUrls(message), options);
  }
}

/** Whether `error` is a failure of the remote, and one of `codes` where any are given. */
export function isRemoteError(error: unknown, ...codes: readonly RemoteErrorCode[]): error is RemoteError {
  return error instanceof RemoteError && (codes.length === 0 || codes.includes(error.code));
}
