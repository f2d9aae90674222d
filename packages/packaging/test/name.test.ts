import { expect, test } from 'vitest';
import { isValidName, normalizeName, PackagingError } from '../src/index.ts';

test('runs of dashes, dots and underscores become one dash, and letters small', () => {
  expect(normalizeName('Foo._-Bar..baz')).toBe('foo-bar-baz');
});

test.each(['', '-a', 'a-', '_a', 'a b', 'ä', '../a', 'a/b', 'a\n'])('%j is not a valid name', (text) => {
  expect(isValidName(text)).toBe(false);
  expect(() => normalizeName(text)).toThrow(PackagingError);
});

test('a long text of separators is refused in linear time', () => {
  expect(isValidName(`a${'-'.repeat(1_000_000)}`)).toBe(false);
});
