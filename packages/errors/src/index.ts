export { CodedError, type CodedErrorOptions, isCodedError } from './coded-error.ts';
export { atPath, isErrno } from './errno.ts';
export { ignoreFailure } from './ignore-failure.ts';
export { listed } from './listed.ts';
export { redactUrls } from './redact-url.ts';
