import { expect, test } from 'vitest';
import { Breaker } from '../src/guard/breaker.ts';
import type { RemoteEvent } from '../src/index.ts';
import { RemoteError, type RemoteErrorCode } from '../src/index.ts';

function start() {
  let now = 0;
  const events: RemoteEvent[] = [];
  const breaker = new Breaker('s3://b', { now: () => now, sleep: async () => undefined }, (event) =>
    events.push(event),
  );
  const fail = (code: RemoteErrorCode, what: 'read' | 'write' = 'read') =>
    breaker.run(what, async () => {
      throw new RemoteError(code, 'as told');
    });
  const pass = (ms: number) => {
    now += ms;
  };
  return { breaker, events, fail, pass };
}

test('three failures in a row switch it off for a minute, and one more for the run; one line reports it', async () => {
  const { breaker, events, fail, pass } = start();
  for (let n = 0; n < 2; n += 1) await fail('REMOTE_UNREACHABLE');
  await breaker.run('read', async () => 'fine');
  for (let n = 0; n < 2; n += 1) await fail('REMOTE_UNREACHABLE');
  expect(breaker.allows('read')).toBe(true);
  await fail('REMOTE_UNREACHABLE');
  expect(breaker.allows('read')).toBe(false);
  pass(60_000);
  expect(breaker.allows('read')).toBe(true);
  await fail('REMOTE_UNREACHABLE');
  pass(24 * 3600_000);
  expect(breaker.allows('read')).toBe(false);
  expect(events).toHaveLength(1);
});

test('a remote that came back after its minute is used as before', async () => {
  const { breaker, fail, pass } = start();
  for (let n = 0; n < 3; n += 1) await fail('REMOTE_UNREACHABLE');
  pass(60_000);
  await breaker.run('read', async () => 'fine');
  await fail('REMOTE_UNREACHABLE');
  expect(breaker.allows('read')).toBe(true);
});

test('many calls that fail together are one failure of the remote, not the second', async () => {
  const { breaker, fail, pass } = start();
  await Promise.all(Array.from({ length: 16 }, () => fail('REMOTE_UNREACHABLE')));
  pass(60_000);
  expect(breaker.allows('read')).toBe(true);
});

test.each<[RemoteErrorCode, 'read' | 'write', boolean, boolean]>([
  ['REMOTE_SLOW', 'read', false, false],
  ['REMOTE_DENIED', 'read', false, false],
  ['REMOTE_MISCONFIGURED', 'read', false, false],
  ['REMOTE_DENIED', 'write', true, false],
  ['REMOTE_FULL', 'write', true, false],
  ['REMOTE_ALTERED', 'read', true, true],
])('after one %s of a %s: reads %s, writes %s', async (code, what, reads, writes) => {
  const { breaker, fail } = start();
  await fail(code, what);
  expect([breaker.allows('read'), breaker.allows('write')]).toEqual([reads, writes]);
});

test("an error that is not the remote's is passed on", async () => {
  const { breaker } = start();
  const error = Object.assign(new Error('disk full'), { code: 'ENOSPC' });
  await expect(
    breaker.run('read', async () => {
      throw error;
    }),
  ).rejects.toBe(error);
});
