// Native failures look like those of node:fs, also the ones that libuv has no name for.
import { constants } from 'node:os';
import { expect, test } from 'vitest';
import { errnoError } from '../src/errno-error.ts';

test.each(['ENOENT', 'ENOLCK', 'ENOSYS', 'EXDEV', 'EMLINK'] as const)('%s is named', (code) => {
  const error = errnoError(constants.errno[code], 'flock', '/a', '/b');
  expect(error).toMatchObject({ code, errno: -constants.errno[code], syscall: 'flock', path: '/a', dest: '/b' });
  expect(error.message).toMatch(new RegExp(`^${code}: .+, flock '/a' -> '/b'$`));
});

test('a number without a name is reported as a number', () => {
  expect(errnoError(9999, 'flock')).toMatchObject({
    code: 'errno 9999',
    message: 'errno 9999: system call failed, flock',
  });
});
