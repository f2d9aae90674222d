import { CodedError } from '@wheelwright/errors';
import { expect, test } from 'vitest';
import { describeError } from '../../src/display/describe-error.ts';

test('an error of the operating system becomes one sentence that names the path', () => {
  const full = Object.assign(new Error('ENOSPC: no space left'), {
    code: 'ENOSPC',
    syscall: 'copyfile',
    path: '/a',
    dest: '/b',
  });
  expect(describeError(full)).toBe('The disk is full: /b could not be written (ENOSPC).');
  const readOnly = Object.assign(new Error('EROFS'), { code: 'EROFS', syscall: 'mkdir', path: '/c' });
  expect(describeError(readOnly)).toBe('/c is on a read-only file system (EROFS).');
});

test('a coded error says its own sentence, and any other its message', () => {
  expect(describeError(new CodedError('X', 'It failed.'))).toBe('It failed.');
  expect(describeError(new TypeError('x is not a function'))).toBe('x is not a function');
});
