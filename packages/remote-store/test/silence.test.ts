// What a remote that falls silent costs: whatever asks it, all waits of a command together take 5 s, the end of a lease one.
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, test } from 'vitest';
import { generateSigningKeys, openRemoteCache, type RemoteCache, RemoteError, type RemoteStore } from '../src/index.ts';
import { file } from './cache-helpers.ts';
import { sha256Of } from './conformance.ts';
import { MemoryRemote } from './memory-remote.ts';
import { VirtualTime } from './virtual-time.ts';

const keys = generateSigningKeys('team');
const key = 'a'.repeat(64);
const silenceMs = 5000;

/** The engine falls silent before its n-th request, and every request from then on fails after 5 s. */
function silentFrom(n: number, time: VirtualTime) {
  const engine = new MemoryRemote();
  let requests = 0;
  let silentMs: number | undefined;
  const clock = time.clock();
  const ask = async <T>(call: () => Promise<T>, signal?: AbortSignal): Promise<T> => {
    requests += 1;
    if (requests < n) return call();
    silentMs ??= time.now;
    await clock.sleep(silenceMs, signal);
    throw new RemoteError('REMOTE_SLOW', 'answered nothing');
  };
  const remote: RemoteStore = {
    name: 's3://b',
    traits: engine.traits,
    get: (name, options) => ask(() => engine.get(name, options), options?.signal),
    has: (name, options) => ask(() => engine.has(name), options?.signal),
    putIfAbsent: (name, body, sha256, options) => ask(() => engine.putIfAbsent(name, body, sha256), options?.signal),
    replace: (name, body, sha256, etag, options) =>
      ask(() => engine.replace(name, body, sha256, etag), options?.signal),
    close: () => engine.close(),
  };
  return { engine, remote, lateMs: () => (silentMs === undefined ? 0 : time.now - silentMs) };
}

const work = {
  'a shared build': async (cache: RemoteCache, build: () => Promise<void>) => {
    const built = async () => {
      await build();
      return { path: file('built') };
    };
    await cache.withSharedBuild(key, { targetDir: temporaryDir(), build: built });
  },
  'a shared build that fails': async (cache: RemoteCache, build: () => Promise<void>) => {
    const failing = async () => {
      await build();
      throw new Error('no compiler');
    };
    await expect(cache.withSharedBuild(key, { targetDir: temporaryDir(), build: failing })).rejects.toThrow('compiler');
  },
  'work alone that keeps nothing': async (cache: RemoteCache, build: () => Promise<void>) => {
    await cache.readBuilds(key);
    await cache.alone(key, async () => {
      await cache.readBuilds(key);
      await build();
    });
  },
  'work alone that keeps its artifact': async (cache: RemoteCache, build: () => Promise<void>) => {
    await cache.readBuilds(key);
    await cache.alone(key, async () => {
      await build();
      const filename = 'demo-1.0-py3-none-any.whl';
      const artifact = { filename, sha256: sha256Of('built'), size: 5 };
      await cache.keepBuild({ key, artifact }, file('built', filename));
    });
  },
  'wheels one after the other, and uploads': async (cache: RemoteCache, build: () => Promise<void>) => {
    for (const content of ['one', 'two', 'three']) {
      await cache.fetch({ sha256: sha256Of(content) }, `${temporaryDir()}/${content}`);
      await cache.offer(file(content), sha256Of(content));
    }
    await build();
  },
};

test.each(Object.entries(work))(
  '%s waits 6 s at most for a remote that falls silent at any request',
  async (_what, run) => {
    for (const buildMs of [0, 25_000, 12_000]) {
      for (let n = 1; n <= 14; n += 1) {
        const time = new VirtualTime();
        const clock = time.clock();
        const { remote } = silentFrom(n, time);
        const cache = openRemoteCache(remote, { signingKey: keys.signingKey, clock, random: () => 0.5 });
        await time.run(run(cache, () => clock.sleep(buildMs)).then(() => cache.close()));
        expect(time.now - buildMs, `request ${n}, a build of ${buildMs} ms`).toBeLessThanOrEqual(6000);
      }
    }
  },
);

test('a wait for another machine ends within 6 s of the silence, and 7 s where it comes at once', async () => {
  for (let n = 3; n <= 9; n += 1) {
    const time = new VirtualTime();
    const clock = time.clock();
    const { remote, lateMs, engine } = silentFrom(n, time);
    const holder = { format: 1, holder: 'another', gen: 0, n: 0, state: 'building' };
    const lease = Buffer.from(JSON.stringify(holder));
    await engine.putIfAbsent(`lease/${key}`, lease, sha256Of(lease));
    const cache = openRemoteCache(remote, { signingKey: keys.signingKey, clock, random: () => 0.99 });
    await time.run(work['a shared build'](cache, async () => undefined).then(() => cache.close()));
    expect(lateMs(), `request ${n}`).toBeLessThanOrEqual(6000);
    // The record, two writes of the probe, the lease, whose it is, and its first look; the next comes after a second.
    if (n <= 7) expect(time.now, `request ${n}`).toBeLessThanOrEqual(7000);
  }
});
