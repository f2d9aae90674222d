import { CodedError } from '@wheelwright/errors';
import { expect, test } from 'vitest';
import { exitCodeOf } from '../../src/tool/exit-code.ts';

test.each([
  ['WHEEL_RECORD_MISMATCH', 3],
  ['RESOLVE_UNSATISFIABLE', 4],
  ['PEP517_BACKEND_FAILED', 5],
  ['PEP517_BAD_PYPROJECT', 3],
  ['INSTALL_CONFLICT', 6],
  ['INSTALL_CHECK_FAILED', 10],
  ['ENVIRONMENT_NOT_FOUND', 2],
  ['ENVIRONMENT_FOREIGN', 6],
  ['FSLOCK_TIMEOUT', 7],
  ['STORE_UNSAFE', 8],
  ['INDEX_HASH_MISMATCH', 9],
  ['INDEX_NOT_FOUND', 4],
])('%s ends the command with %i', (code, exitCode) => {
  expect(exitCodeOf(new CodedError(code, 'no'))).toBe(exitCode);
});

test('a full disk is a full disk under any wrapper', () => {
  const cause = Object.assign(new Error('no space'), { code: 'ENOSPC', syscall: 'write' });
  expect(exitCodeOf(new CodedError('INSTALL_CONFLICT', 'no', { cause }))).toBe(8);
  expect(exitCodeOf(cause)).toBe(8);
});

test('an unknown error is a bug', () => {
  expect(exitCodeOf(new TypeError('x is not a function'))).toBe(1);
});
