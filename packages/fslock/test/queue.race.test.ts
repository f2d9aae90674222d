// Processes that come and go quickly do not pass a long waiter for long.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { type Actor, startActor } from '@wheelwright/testkit/actors';
import { proved, trials } from '@wheelwright/testkit/proof';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, test } from 'vitest';

const newcomers = 5;
const turnsOfEach = 120;
/** Far fewer than the newcomers take; each of the four has three others before it, and a few may pass while it wakes. */
const passedAtMost = 60;

test('a waiter in the kernel’s queue gets the lock within a few hand-overs, however many others come and go', async () => {
  const rounds = trials(1, 20);
  for (let round = 0; round < rounds; round++) {
    const dir = temporaryDir();
    const [lock, counter] = [path.join(dir, 'lock'), path.join(dir, 'counter')];
    writeFileSync(counter, '0'.padStart(12));
    const count = async (times: number) => {
      const actor = startActor(import.meta.url, 'counter', {
        arguments: [lock, counter, String(times), 'native', '0.2'],
      });
      await actor.hear('ready');
      return actor;
    };
    const holder = startActor(import.meta.url, 'holder', { arguments: [lock] });
    holder.tell('acquire exclusive');
    await holder.hear('acquired');

    // One in the gate, one that has the queue, two behind: each waits by a child.
    const waiters = await Promise.all(Array.from({ length: 4 }, () => count(1)));
    for (const waiter of waiters) waiter.tell('go');
    for (const waiter of waiters) while (!waitsByChild(waiter)) await turn();
    const quick = await Promise.all(Array.from({ length: newcomers }, () => count(turnsOfEach)));
    for (const one of quick) one.tell('go');
    holder.tell('release');

    for (const waiter of waiters) {
      const passed = Number((await waiter.hear(/^read /)).slice(5));
      expect(passed).toBeLessThan(passedAtMost);
    }
    for (const one of [...waiters, ...quick]) expect(await one.exited).toMatchObject({ code: 0, errors: '' });
    expect(Number(readFileSync(counter, 'utf8'))).toBe(newcomers * turnsOfEach + waiters.length);
  }
  proved(rounds * 4, 'waits in the queue');
});

/** Whether the process has started the child that waits for it. */
function waitsByChild({ pid }: Actor): boolean {
  return readdirSync(`/proc/${pid}/task`).some(
    (thread) => readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').trim() !== '',
  );
}
