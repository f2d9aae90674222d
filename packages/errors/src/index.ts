export { CodedError, type CodedErrorOptions, isCodedError } from './coded-error.ts';
export { atPath, isErrno } from './errno.ts';
export { redactUrls } from './redact-url.ts';
