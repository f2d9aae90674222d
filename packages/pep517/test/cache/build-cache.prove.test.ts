// The proof of the build cache at length; the short form is in build-cache.python.test.ts.
import { expect, test } from 'vitest';
import { tryRandomChanges } from './random-changes.ts';

const seed = Number(process.env.WHEELWRIGHT_SEED ?? Date.now() % 100_000);

test(`500 random changes, 0 wrong builds (seed ${seed}).`, async () => {
  expect(await tryRandomChanges(500, seed)).toEqual([]);
});
