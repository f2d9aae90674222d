import { expect, test } from 'vitest';
import { createJobSlots } from '../../src/runner/job-slots.ts';

test('a request hears that it waits only if no slot is free', async () => {
  const slots = createJobSlots(1);
  const heard: string[] = [];
  let end = () => {};
  const first = slots.run(() => new Promise<void>((resolve) => (end = resolve)), { onWait: () => heard.push('first') });
  const second = slots.run(async () => 'done', { onWait: () => heard.push('second') });
  expect(heard).toEqual(['second']);
  end();
  await first;
  expect(await second).toBe('done');
  await slots.run(async () => {}, { onWait: () => heard.push('third') });
  expect(heard).toEqual(['second']);
});

test('an abort ends the wait for a slot, and the slot goes to the next request', async () => {
  const slots = createJobSlots(1);
  const abort = new AbortController();
  let end = () => {};
  const first = slots.run(() => new Promise<void>((resolve) => (end = resolve)));
  const second = slots.run(async () => 'never', { signal: abort.signal });
  const third = slots.run(async () => 'done');
  abort.abort(new Error('enough'));
  await expect(second).rejects.toThrow('enough');
  end();
  await first;
  expect(await third).toBe('done');
});
