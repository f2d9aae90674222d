import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { readLease } from '../src/flight/lease.ts';
import type { RemoteStore } from '../src/index.ts';

/** A remote whose lease breaks off after its first bytes. */
function breakingRemote(code: string): RemoteStore {
  const body = Readable.from(
    (async function* () {
      yield Buffer.from('{"holder":');
      throw Object.assign(new Error('cut'), { code });
    })(),
  );
  return { name: 'a remote', get: async () => ({ body, etag: '"1"', size: 100 }) } as unknown as RemoteStore;
}

test('a lease whose body breaks off is an unreachable remote, as every fault of a remote is', async () => {
  const reading = readLease(breakingRemote('ECONNRESET'), 'k', undefined, undefined);
  await expect(reading).rejects.toMatchObject({ code: 'REMOTE_UNREACHABLE', data: { reason: 'ECONNRESET' } });
});

test('a lease whose reading is aborted ends with the reason of the signal', async () => {
  const reading = readLease(breakingRemote('ABORT_ERR'), 'k', undefined, AbortSignal.abort(new Error('enough')));
  await expect(reading).rejects.toThrow('enough');
});
