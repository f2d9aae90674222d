import { expect, it } from 'vitest';
import { Batches } from '../src/entry/batches.ts';

/** Finishes when told to; gives each item in capitals. */
function collecting() {
  const batches: string[][] = [];
  const finish: (() => void)[] = [];
  const queue = new Batches(async (items: readonly string[]) => {
    batches.push([...items]);
    await new Promise<void>((resolve) => finish.push(resolve));
    return items.map((item) => item.toUpperCase());
  });
  return { batches, queue, end: (at: number) => finish[at]?.() };
}

it('finishes what is alone at once, and what comes meanwhile together afterwards', async () => {
  const { batches, queue, end } = collecting();
  const results = ['a', 'b', 'c'].map((item) => queue.add(item));
  expect(batches).toEqual([['a']]);
  end(0);
  expect(await results[0]).toBe('A');
  expect(batches).toEqual([['a'], ['b', 'c']]);
  end(1);
  expect(await Promise.all(results)).toEqual(['A', 'B', 'C']);
});

it('waits for what is on its way, whether it comes or not', () => {
  const { batches, queue } = collecting();
  const [comes, fails] = [queue.expect(), queue.expect()];
  void queue.add('a');
  void queue.add('b');
  comes();
  comes();
  expect(batches).toEqual([]);
  fails();
  expect(batches).toEqual([['a', 'b']]);
});

it('waits for no more than sixteen', () => {
  const { batches, queue } = collecting();
  queue.expect();
  for (let n = 0; n < 20; n += 1) void queue.add(String(n));
  expect(batches.map((batch) => batch.length)).toEqual([16]);
});

it('tells all of a batch what it failed of, and goes on', async () => {
  let calls = 0;
  const queue = new Batches(async (items: readonly string[]) => {
    calls += 1;
    if (calls === 1) throw new Error('disk full');
    return items;
  });
  const filled = queue.expect();
  const results = Promise.allSettled([queue.add('a'), queue.add('b')]);
  filled();
  expect((await results).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await queue.add('c')).toBe('c');
});
