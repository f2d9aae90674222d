import { expect, it } from 'vitest';
import { createLimiter } from '../src/limiter.ts';

it('never lets more in than there are places, and lets them in as they came', async () => {
  const limiter = createLimiter(3);
  const order: number[] = [];
  let running = 0;
  let most = 0;
  const work = (n: number) =>
    limiter.run(async () => {
      order.push(n);
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
    });
  await Promise.all(Array.from({ length: 20 }, (_, n) => work(n)));
  expect(most).toBe(3);
  expect(order).toEqual(Array.from({ length: 20 }, (_, n) => n));
});

it('frees the place of work that fails', async () => {
  const limiter = createLimiter(1);
  await expect(limiter.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await limiter.run(async () => 'yes')).toBe('yes');
});

it('lets an aborted waiter leave without delaying others', async () => {
  const limiter = createLimiter(1);
  const abort = new AbortController();
  let finish = () => {};
  const first = limiter.run(() => new Promise<void>((resolve) => (finish = resolve)));
  const second = limiter.run(async () => 'second', abort.signal);
  const third = limiter.run(async () => 'third');
  abort.abort(new Error('enough'));
  await expect(second).rejects.toThrow('enough');
  finish();
  await first;
  expect(await third).toBe('third');
  await expect(limiter.run(async () => 'late', abort.signal)).rejects.toThrow('enough');
});
