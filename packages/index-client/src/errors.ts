// What can go wrong between us and an index. No message ever carries a password: every text goes through `redactUrls`.
import { CodedError, type CodedErrorOptions, redactUrls } from '@wheelwright/errors';

/** Why an index, a link page or a download failed; the README has a paragraph for each. */
export type IndexErrorCode =
  | 'INDEX_UNREACHABLE'
  | 'INDEX_NOT_FOUND'
  | 'INDEX_HASH_MISMATCH'
  | 'INDEX_BAD_PAGE'
  | 'INDEX_UNAUTHORIZED'
  | 'INDEX_BAD_CERTIFICATES';

/** A failure of an index, a link page, a download or of what was named to reach them. `data.url` names it, without credentials. */
export class IndexError extends CodedError<IndexErrorCode> {
  constructor(code: IndexErrorCode, message: string, options: CodedErrorOptions = {}) {
    super(code, redactUrls(message), options);
  }
}

/** The error for an answer that is none of the expected ones. */
export function statusError(url: URL | string, status: number): IndexError {
  const shown = redactUrls(String(url));
  const data = { url: shown, status };
  if (status === 401 || status === 403 || status === 407) {
    const place = status === 407 ? 'proxy' : 'index';
    const hint = `Put user and password into the URL of the ${place} (https://user:password@host/…) or into ~/.netrc.`;
    return new IndexError('INDEX_UNAUTHORIZED', `${shown} answered ${status}: access is refused.`, { hint, data });
  }
  if (status === 404 || status === 410) {
    return new IndexError('INDEX_NOT_FOUND', `${shown} answered ${status}: it is not there.`, { data });
  }
  const hint = 'Try again later, or name another index.';
  return new IndexError('INDEX_UNREACHABLE', `${shown} answered ${status}.`, { hint, data });
}
