// A wait that is cancelled at about the moment at which it would have been granted: held or not held, never in between.
import path from 'node:path';
import { seededRandom } from '@wheelwright/testkit/actors';
import { proved, trials } from '@wheelwright/testkit/proof';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, test, vi } from 'vitest';

const seed = Date.now() % 1_000_000;

test.each(['native', 'plain'])('%s: cancelled or granted, and never both', async (how) => {
  console.log(`seed ${seed}`);
  vi.resetModules();
  const { lockingFor } = await import('./actors/locking-for.ts');
  const { acquireLock, tryAcquireLock } = lockingFor(how);
  const random = seededRandom(seed);
  const file = path.join(temporaryDir(), 'lock');
  const rounds = trials(60, 600);
  const outcomes = { granted: 0, cancelled: 0 };
  for (let round = 0; round < rounds; round++) {
    const first = await acquireLock(file);
    const controller = new AbortController();
    const waiting = acquireLock(file, { signal: controller.signal, mode: round % 2 === 0 ? 'exclusive' : 'shared' });
    await idle(random() * 6);
    if (random() < 0.5) {
      controller.abort();
      await expect(waiting).rejects.toMatchObject({ code: 'FSLOCK_ABORTED' });
      first.release();
    } else {
      first.release();
      await idle(random() * 10);
      controller.abort();
    }
    const second = await waiting.catch((error) => {
      expect(error).toMatchObject({ code: 'FSLOCK_ABORTED' });
      return undefined;
    });
    outcomes[second === undefined ? 'cancelled' : 'granted']++;
    if (second !== undefined) expect(await tryAcquireLock(file)).toBeUndefined();
    second?.release();
    // No process is left that could get it, not even for the moment between the grant and its death.
    for (let n = 0; n < 8; n++) {
      const after = await tryAcquireLock(file);
      expect(after).toBeDefined();
      after?.release();
      await idle(0.2);
    }
  }
  proved(rounds, `waits, ${outcomes.cancelled} of them cancelled`);
});

/** Lets the event loop run for so long: about as long as it takes until a lock is granted. */
async function idle(ms: number): Promise<void> {
  for (const start = performance.now(); performance.now() - start < ms; ) await new Promise(setImmediate);
}
