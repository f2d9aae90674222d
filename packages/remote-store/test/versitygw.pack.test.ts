// The port against a real engine. Where Go is missing the test says so and counts as skipped.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { proved, trials } from '@wheelwright/testkit/proof';
import { ensureVersitygw, startVersitygw, type Versitygw } from '@wheelwright/testkit/remote/versitygw';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openRemote, type RemoteStore } from '../src/index.ts';
import { freshKey, readObject, sha256Of, testConditions, testConformance } from './conformance.ts';
import { canIsolate, runRounds } from './shared-build-rounds.ts';

/** Building it cold takes minutes. */
const buildMs = 30 * 60_000;
const program = ensureVersitygw();
if (program === undefined) console.log('versitygw: no Go on this machine, so nothing ran against a real S3 engine');

describe.skipIf(program === undefined)('versitygw', () => {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'ww-s3-'));
  let engine: Versitygw;
  let remote: RemoteStore;

  beforeAll(async () => {
    engine = await startVersitygw(program!, dataDir);
    remote = openRemote(`s3://bucket/team?endpoint=${engine.origin}`, {
      writable: true,
      credentials: () => engine.user,
      region: engine.region,
    });
  }, buildMs);

  afterAll(async () => {
    remote.close();
    await engine.kill();
    rmSync(dataDir, { recursive: true, force: true });
  });

  testConformance(() => remote);
  testConditions(() => remote);

  test('an acknowledged object is there after the engine was killed and started again', async () => {
    const key = freshKey();
    await remote.putIfAbsent(key, Buffer.from('kept'), sha256Of('kept'));
    await engine.kill();
    await expect(remote.get(key)).rejects.toMatchObject({ code: 'REMOTE_UNREACHABLE' });
    await engine.restart();
    expect((await readObject(remote, key)).text).toBe('kept');
  });

  test('one of eight processes builds each key, plus one for each takeover, while they are killed and stopped at random', async () => {
    const seed = Date.now() % 1_000_000;
    console.log(`seed ${seed}`);
    const { origin, user, region } = engine;
    const keys = trials(10, 300);
    // With networks of their own they have nothing in common but the engine.
    const isolated = canIsolate();
    const numbers = { processes: 8, keys, deaths: trials(6, 200), stops: trials(4, 100), seed, isolated };
    const { builds, takeovers } = await runRounds(import.meta.url, { origin, user, region, ...numbers });
    const networks = isolated ? 'eight networks' : 'one network, since this machine lets no test make others';
    proved(keys, `keys on versitygw, ${builds} builds, ${takeovers} takeovers, ${networks}`);
  });

  test('a bucket that is not there, a wrong secret and a reader are distinguished', async () => {
    const open = (bucket: string, secretAccessKey = engine.user.secretAccessKey) =>
      openRemote(`s3://${bucket}?endpoint=${engine.origin}`, {
        credentials: () => ({ ...engine.user, secretAccessKey }),
        region: engine.region,
      });
    await expect(open('another').get(freshKey())).rejects.toMatchObject({ code: 'REMOTE_MISCONFIGURED' });
    await expect(open('bucket', 'wrong').get(freshKey())).rejects.toMatchObject({ code: 'REMOTE_DENIED' });
    await expect(open('bucket').putIfAbsent(freshKey(), Buffer.from('x'), sha256Of('x'))).rejects.toMatchObject({
      code: 'REMOTE_DENIED',
    });
  });
});
