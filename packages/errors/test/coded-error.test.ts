import { expect, test } from 'vitest';
import { atPath, CodedError, isCodedError, isErrno, redactUrls } from '../src/index.ts';

class ExampleError extends CodedError<'EXAMPLE_FAILED'> {}

test('an error carries its code, hint, data and cause', () => {
  const cause = new Error('disk');
  const error = new ExampleError('EXAMPLE_FAILED', 'Writing /a failed.', {
    hint: 'Free some space.',
    cause,
    data: { path: '/a' },
  });
  expect(error).toMatchObject({
    name: 'ExampleError',
    code: 'EXAMPLE_FAILED',
    hint: 'Free some space.',
    cause,
    data: { path: '/a' },
  });
});

test('an error is recognised by its shape and code', () => {
  const error = new ExampleError('EXAMPLE_FAILED', 'no');
  expect(isCodedError(error)).toBe(true);
  expect(isCodedError(error, 'EXAMPLE_FAILED')).toBe(true);
  expect(isCodedError(error, 'OTHER')).toBe(false);
  expect(isCodedError(Object.assign(new Error('x'), { code: 'ENOENT' }))).toBe(false);
});

test('an errno is recognised by name', () => {
  const error = Object.assign(new Error('x'), { code: 'ENOENT', syscall: 'open' });
  expect(isErrno(error, 'ENOENT')).toBe(true);
  expect(isErrno(error, 'EEXIST')).toBe(false);
  expect(isErrno(error)).toBe(true);
});

test('an error about an open file names it, once', () => {
  const error = Object.assign(new Error('ENOSPC: no space left on device, write'), {
    code: 'ENOSPC',
    syscall: 'write',
  });
  expect(atPath(error, '/a')).toBe(error);
  expect(atPath(error, '/b')).toMatchObject({ path: '/a', message: "ENOSPC: no space left on device, write '/a'" });
  expect(atPath('no error', '/a')).toBe('no error');
});

test('credentials leave every URL of a text', () => {
  expect(redactUrls('get https://user:p@ss@host/x and http://h/y')).toBe('get https://****@host/x and http://h/y');
});
