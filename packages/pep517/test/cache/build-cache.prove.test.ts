// The proof of the build cache at length; the short form is in build-cache.python.test.ts.
import { stated, trials } from '@wheelwright/testkit/proof';
import { expect, test } from 'vitest';
import { tryRandomChanges } from './random-changes.ts';

const seed = Number(process.env.WHEELWRIGHT_SEED ?? Date.now() % 100_000);

test(`random changes give no stale build and no build for nothing (seed ${seed})`, async () => {
  const rounds = trials(500, 2000);
  const wrong = await tryRandomChanges(rounds, seed);
  stated(rounds, 'random changes of a tree and its surroundings', wrong.length);
  expect(wrong).toEqual([]);
});
