// Each failure that the command has a way out of names it, in words that the command's own parser would take.
import { CodedError } from '@wheelwright/errors';
import { expect, test } from 'vitest';
import { codesWithWayOut, hintOf } from '../../src/tool/way-out.ts';

const dir = '/some where/env';
const hint = (code: string, data: Record<string, unknown>, own?: string) =>
  hintOf(new CodedError(code, 'It failed.', { data, hint: own }));

test.each([
  ['ENVIRONMENT_NOT_FOUND', {}, '`ww venv`'],
  ['ENVIRONMENT_FOREIGN', { path: dir }, '`ww venv`'],
  ['ENVIRONMENT_DAMAGED', { path: dir }, "`ww repair -p '/some where/env'`"],
  ['ENVIRONMENT_DAMAGED', { path: dir, remake: 'plain' }, "`ww venv --clear --layout plain '/some where/env'`"],
  ['ENVIRONMENT_EXISTS', { path: dir, wanted: 'own' }, "`ww adopt -p '/some where/env'`"],
  ['ENVIRONMENT_EXISTS', { path: dir, wanted: 'plain' }, "`ww adopt --to plain -p '/some where/env'`"],
  ['INSTALL_SHARED_LOST', { environmentDir: dir }, "`ww repair -p '/some where/env'`"],
  ['INSTALL_UNSUPPORTED_ENVIRONMENT', { environmentDir: dir, kind: 'shared' }, "`ww venv --export '/some where/env'`"],
  ['INSTALL_UNSUPPORTED_ENVIRONMENT', { environmentDir: dir }, "`ww adopt -p '/some where/env'`"],
  ['INSTALL_UNSUPPORTED_ENVIRONMENT', { environmentDir: dir, kind: 'conda' }, "`ww freeze -p '/some where/env'`"],
  ['INSTALL_BEYOND_REPAIR', { environmentDir: dir }, "`ww rollback -p '/some where/env'`"],
  ['INSTALL_BEYOND_REPAIR', { environmentDir: dir, layout: 'own' }, "`ww venv --clear '/some where/env'`"],
  [
    'INSTALL_BEYOND_REPAIR',
    { environmentDir: dir, layout: 'shared' },
    "`ww venv --clear --layout shared '/some where/env'`",
  ],
  ['INSTALL_EXTERNALLY_MANAGED', { environmentDir: dir }, '--break-system-packages'],
  ['INSTALL_UNSAFE_ENVIRONMENT', { path: dir }, "`ww venv --clear '/some where/env'`"],
  ['INSTALL_ENVIRONMENT_CHANGED', { environmentDir: dir, committed: true }, "`ww verify -p '/some where/env'`"],
  ['ATOMIC_FS_JOURNAL_NEWER', {}, '`ww recover --discard`'],
  ['ATOMIC_FS_JOURNAL_DAMAGED', {}, '`ww recover --discard`'],
  ['ATOMIC_FS_JOURNAL_FOREIGN', {}, '`ww recover --discard`'],
  ['ATOMIC_FS_STAGED_LOST', { refused: true }, '`ww recover --discard`'],
  ['ATOMIC_FS_UNSAFE_PATH', { refused: true }, '`ww recover --discard`'],
  ['FSLOCK_TIMEOUT', {}, '--lock-timeout'],
])('%s with %j', (code, data, expected) => {
  expect(hint(code, data, 'The words of the library.')).toContain(expected);
  expect(codesWithWayOut).toContain(code);
});

test('every code of the table is tried above, and others keep the words of the library', () => {
  expect(hint('WHEEL_BAD', {}, 'The words of the library.')).toBe('The words of the library.');
  expect(hint('INSTALL_ENVIRONMENT_CHANGED', { committed: false }, 'Run it again.')).toBe('Run it again.');
  expect(hintOf(new Error('a bug'))).toBeUndefined();
});
