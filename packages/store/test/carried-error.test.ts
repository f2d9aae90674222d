import { readFileSync } from 'node:fs';
import { deserialize, serialize } from 'node:v8';
import { inflateRawSync } from 'node:zlib';
import { ArchivesError } from '@wheelwright/archives';
import { AtomicFsError } from '@wheelwright/atomic-fs';
import { isCodedError, isErrno } from '@wheelwright/errors';
import { PackagingError, parseWheelFilename } from '@wheelwright/packaging';
import { expect, it } from 'vitest';
import { packError, unpackError } from '../src/fill/carried-error.ts';
import { StoreError } from '../src/store-error.ts';

/** As between threads: what cannot be cloned fails here as it would there. */
const carry = (error: unknown) => unpackError(deserialize(serialize(packError(error))));

function thrownBy(run: () => unknown): Error {
  try {
    run();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}

it.each([
  new ArchivesError('WHEEL_CORRUPT', 'damaged', { hint: 'again', data: { archive: 'a.whl', entry: 'x' } }),
  new StoreError('STORE_HASH_MISMATCH', 'other', { data: { expected: 'a', found: 'b' } }),
  new AtomicFsError('ATOMIC_FS_NOT_DURABLE', 'unsynced', { data: { committed: true } }),
  new PackagingError('PACKAGING_INVALID_RECORD', 'no', { cause: new TypeError('why') }),
])('brings $code across as what it was', (error) => {
  const carried = carry(error) as typeof error;
  expect(carried).toBeInstanceOf(error.constructor);
  expect(isCodedError(carried, error.code)).toBe(true);
  const { name, code, message, hint, data, stack } = error;
  expect({ ...carried, message: carried.message, stack: carried.stack }).toEqual({
    ...{ name, code, message, hint, data, stack },
  });
});

it('brings the causes of a failure across, each as what it was', () => {
  const cause = thrownBy(() => parseWheelFilename('nonsense'));
  const carried = carry(new ArchivesError('WHEEL_INVALID_NAME', 'no wheel', { cause })) as Error;
  expect(carried.cause).toBeInstanceOf(PackagingError);
  expect(carried.cause).toMatchObject({ code: 'PACKAGING_INVALID_WHEEL_FILENAME', message: cause.message });
});

it('brings errors of the operating system and of Node across with all that they say', () => {
  const absent = carry(thrownBy(() => readFileSync('/nowhere/at/all')));
  expect(isErrno(absent, 'ENOENT')).toBe(true);
  expect(absent).toMatchObject({ errno: -2, syscall: 'open', path: '/nowhere/at/all' });
  const torn = thrownBy(() => inflateRawSync(Buffer.from('no deflate stream')));
  expect(carry(torn)).toMatchObject({ ...torn, message: torn.message });
  expect(carry(new RangeError('too far'))).toBeInstanceOf(RangeError);
});

it('brings what is no error across as its text', () => {
  expect(carry('just words')).toBe('just words');
  expect(carry(Object.assign(new Error('odd'), { run: () => 1, at: 7 }))).toMatchObject({ message: 'odd', at: 7 });
});
