// A fleet in virtual time: the figures of `pnpm bench`, and what has to hold of them whatever they are.
import { seededRandom } from '@wheelwright/testkit/actors';
import { proved, trials } from '@wheelwright/testkit/proof';
import { expect, test } from 'vitest';
import { type EngineLimits, simulateBuilds, simulateInstalls } from './runners.ts';

const limits: EngineLimits = { requestsPerSecond: 5500, partitions: 1, bytesPerSecond: 1e12 };

test('one machine of a fleet builds, and one more for each that dies', async () => {
  const random = seededRandom(7);
  const rounds = trials(4, 40);
  for (let round = 0; round < rounds; round += 1) {
    const [deaths, runners] = [round % 4, trials(40, 400)];
    const seed = Math.floor(random() * 1e6);
    const figures = await simulateBuilds({ runners, buildMs: 60_000, limits, deaths, seed });
    const { builds, takeovers, contents, waits, seconds, requests } = figures;
    expect({ builds, takeovers, contents }, `seed ${seed}`).toEqual({
      builds: 1 + deaths,
      takeovers: deaths,
      contents: 1,
    });
    // A death costs half a build, the time to live, and two looks.
    expect(waits[1], `seed ${seed}`).toBeLessThanOrEqual(60 + 2 * 5 + 1 + deaths * (30 + 45 + 2 * 5));
    // A look every three seconds on average, and a dozen requests besides.
    expect(requests / runners, `seed ${seed}`).toBeLessThan(12 + (2 * seconds) / 3);
  }
  proved(rounds, 'fleets in virtual time');
});

test('a fleet that installs asks one request a wheel, and few with a pack', async () => {
  const run = { runners: 10, wheels: 50, limits, seed: 3 };
  const one = await simulateInstalls({ ...run, pack: false });
  expect(one).toMatchObject({ hits: 500, misses: 0, requests: 500, late: 0 });
  const packed = await simulateInstalls({ ...run, pack: true });
  expect(packed).toMatchObject({ hits: 500, misses: 0, late: 0 });
  expect(packed.requests).toBeLessThan(150);
});

test('an engine that is far too slow is given up, and no runner waits for it longer than its deadlines', async () => {
  const slow = { ...limits, requestsPerSecond: 20 };
  const figures = await simulateInstalls({ runners: 20, wheels: 50, limits: slow, pack: false, seed: 3 });
  expect(figures.hits + figures.misses).toBe(1000);
  expect(figures.misses).toBeGreaterThan(0);
  // Five seconds of silence switch it off for the minute that this takes.
  expect(figures.seconds).toBeLessThan(30);
});
