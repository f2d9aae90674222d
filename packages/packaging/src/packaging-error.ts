// The one error of this package. Everything here is a pure function of its arguments, so a failure always means that
// the text handed in does not follow its specification, or asks for a fact that was not given.

import { CodedError, redactUrls } from '@wheelwright/errors';

/** The codes of {@link PackagingError}; the README says for each what it means and what to do. */
export type PackagingErrorCode =
  | 'PACKAGING_INVALID_NAME'
  | 'PACKAGING_INVALID_VERSION'
  | 'PACKAGING_INVALID_SPECIFIER'
  | 'PACKAGING_INVALID_MARKER'
  | 'PACKAGING_UNDEFINED_MARKER_NAME'
  | 'PACKAGING_INVALID_REQUIREMENT'
  | 'PACKAGING_INVALID_REQUIREMENTS_FILE'
  | 'PACKAGING_INVALID_WHEEL_FILENAME'
  | 'PACKAGING_INVALID_SDIST_FILENAME'
  | 'PACKAGING_INVALID_TAG'
  | 'PACKAGING_INVALID_METADATA'
  | 'PACKAGING_INVALID_WHEEL_METADATA'
  | 'PACKAGING_INVALID_RECORD'
  | 'PACKAGING_INVALID_ENTRY_POINT'
  | 'PACKAGING_INVALID_DIRECT_URL'
  | 'PACKAGING_INVALID_DEPENDENCY_GROUP'
  | 'PACKAGING_INVALID_PROJECT'
  | 'PACKAGING_INVALID_PYLOCK';

/** A text that does not follow the specification named by its code. */
export class PackagingError extends CodedError<PackagingErrorCode> {}

/** `text` quoted for a message: without the credentials of URLs, and cut where it is too long to be read there. */
export function quote(text: string): string {
  const safe = redactUrls(text.slice(0, 2000));
  return JSON.stringify(safe.length > 120 ? `${safe.slice(0, 117)}...` : safe);
}
