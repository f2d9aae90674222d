// Eight machines, as processes, build the same keys on one engine while some are killed and some stand still.
import { proved, trials } from '@wheelwright/testkit/proof';
import { startS3Server, testUser } from '@wheelwright/testkit/remote/s3-server';
import { expect, onTestFinished, test } from 'vitest';
import { runRounds } from './shared-build-rounds.ts';

const seed = Date.now() % 1_000_000;

test('one of eight processes builds each key, plus one for each takeover, while they are killed and stopped at random', async () => {
  console.log(`seed ${seed}`);
  const server = await startS3Server();
  onTestFinished(() => server.close());
  const keys = trials(12, 300);
  const { builds, takeovers } = await runRounds(import.meta.url, {
    origin: server.origin,
    user: testUser,
    region: 'here',
    processes: 8,
    keys,
    deaths: trials(8, 200),
    stops: trials(5, 100),
    seed,
  });
  expect(builds).toBeGreaterThanOrEqual(keys);
  proved(keys, `keys, ${builds} builds, ${takeovers} takeovers`);
});
