export { CodedError, type CodedErrorOptions, isCodedError } from './coded-error.ts';
export { isErrno } from './errno.ts';
export { redactUrls } from './redact-url.ts';
