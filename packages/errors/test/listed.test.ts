import { expect, test } from 'vitest';
import { listed } from '../src/index.ts';

test('a message lists three items and counts the others', () => {
  expect(listed([])).toBe('');
  expect(listed(['a'])).toBe('a');
  expect(listed(['a', 'b', 'c'])).toBe('a, b, c');
  expect(listed(['a', 'b', 'c', 'd'])).toBe('a, b, c and 1 more');
  expect(listed(['a', 'b', 'c', 'd'], 1)).toBe('a and 3 more');
});
