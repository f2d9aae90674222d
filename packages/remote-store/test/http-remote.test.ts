import { type HttpCacheServerOptions, startHttpCacheServer } from '@wheelwright/testkit/remote/http-cache-server';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openRemote } from '../src/index.ts';
import { freshKey, sha256Of, testConformance } from './conformance.ts';

async function start(options: HttpCacheServerOptions = {}, userInfo = '') {
  const server = await startHttpCacheServer(options);
  onTestFinished(() => server.close());
  const remote = openRemote(server.origin.replace('//', `//${userInfo}`), { writable: true });
  onTestFinished(() => remote.close());
  return { server, remote };
}

describe('the port', () => {
  testConformance(async () => (await start()).remote);
});

test('it says that conditions do not hold', async () => {
  const { remote } = await start();
  expect(remote.traits).toEqual({ conditional: 'none', writable: true, bodyHash: false });
});

test('content is stored below cas, all else below ac, as in a cache of Bazel', async () => {
  const { server, remote } = await start();
  const hash = sha256Of('x');
  await remote.putIfAbsent(`cas/${hash}`, Buffer.from('x'), hash);
  await remote.putIfAbsent(`ac/${hash}`, Buffer.from('x'), hash);
  expect([...server.objects.keys()]).toEqual([`/cas/${hash}`, `/ac/${hash}`]);
});

test('user and password go to the cache, and appear in no name and no error', async () => {
  const { remote } = await start({ credentials: { user: 'me', password: 'pass' } }, 'me:pass@');
  expect(await remote.get(freshKey())).toBe('absent');
  expect(remote.name).not.toContain('pass');
  const { remote: denied } = await start({ credentials: { user: 'me', password: 'pass' } }, 'me:wrongword@');
  const error = await denied.get(freshKey()).catch((thrown: unknown) => thrown as Error);
  expect(error).toMatchObject({ code: 'REMOTE_DENIED' });
  expect(JSON.stringify([String(error), error])).not.toContain('wrongword');
});
