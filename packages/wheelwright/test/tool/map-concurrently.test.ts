import { expect, it } from 'vitest';
import { mapConcurrently } from '../../src/tool/map-concurrently.ts';

it('keeps the order of the items and the limit', async () => {
  let [running, most] = [0, 0];
  const results = await mapConcurrently([3, 1, 2, 0], { limit: 2 }, async (item) => {
    running += 1;
    most = Math.max(most, running);
    for (let turn = 0; turn < item; turn += 1) await Promise.resolve();
    running -= 1;
    return item * 10;
  });
  expect(results).toEqual([30, 10, 20, 0]);
  expect(most).toBe(2);
});

it('aborts the others at the first failure, starts no more, and throws that failure', async () => {
  const started: number[] = [];
  const failing = mapConcurrently([0, 1, 2, 3], { limit: 2 }, async (item, signal) => {
    started.push(item);
    if (item === 1) throw new Error('first');
    await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  });
  await expect(failing).rejects.toThrow('first');
  expect(started).toEqual([0, 1]);
});

it('passes on an abort from outside', async () => {
  const outer = new AbortController();
  const failing = mapConcurrently([0], { limit: 1, signal: outer.signal }, async (_item, signal) => {
    outer.abort(new Error('enough'));
    signal.throwIfAborted();
  });
  await expect(failing).rejects.toThrow('enough');
});

it('begins another call when one makes room, once for each', async () => {
  let [counted, most, open] = [0, 0, 0];
  const late: (() => void)[] = [];
  const results = await mapConcurrently([...Array(20).keys()], { limit: 3 }, async (item, _signal, makeRoom) => {
    counted += 1;
    open += 1;
    most = Math.max(most, counted);
    for (const again of late) again();
    await new Promise((resolve) => setImmediate(resolve));
    counted -= 1;
    makeRoom();
    makeRoom();
    late.push(makeRoom);
    // All of them wait together, as for one sync.
    for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    return item;
  });
  expect(results).toEqual([...Array(20).keys()]);
  expect(most).toBe(3);
  expect(open).toBe(20);
});

it('waits for all calls, also for those that began in the place of others, before it throws', async () => {
  let running = 0;
  const failing = mapConcurrently([0, 1, 2, 3], { limit: 1 }, async (item, _signal, makeRoom) => {
    running += 1;
    makeRoom();
    for (let turn = 0; turn < 5 - item; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
    if (item === 2) throw new Error('third');
  });
  await expect(failing).rejects.toThrow('third');
  expect(running).toBe(0);
});
