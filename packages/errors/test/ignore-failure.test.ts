import { expect, test } from 'vitest';
import { ignoreFailure } from '../src/index.ts';

test('a failing clean-up leaves the first error as the one that is thrown', () => {
  let cleaned = 0;
  const work = () => {
    try {
      throw new Error('first');
    } finally {
      ignoreFailure(() => {
        cleaned += 1;
        throw new Error('second');
      });
    }
  };
  expect(work).toThrow('first');
  expect(cleaned).toBe(1);
});
