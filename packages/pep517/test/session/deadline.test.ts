import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createDeadline } from '../../src/session/deadline.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

test('The clock stands while it is paused, and goes on with what was left.', () => {
  const deadline = createDeadline('/tree', { timeoutMs: 1000 });
  deadline.begin();
  vi.advanceTimersByTime(900);
  deadline.pause();
  vi.advanceTimersByTime(5000);
  expect(deadline.signal.aborted).toBe(false);
  deadline.begin();
  vi.advanceTimersByTime(99);
  expect(deadline.signal.aborted).toBe(false);
  vi.advanceTimersByTime(2);
  expect(() => deadline.check()).toThrow(expect.objectContaining({ code: 'PEP517_TIMEOUT' }));
});

test('starting a running clock does not restart it', () => {
  const deadline = createDeadline('/tree', { timeoutMs: 1000 });
  deadline.begin();
  vi.advanceTimersByTime(900);
  deadline.begin();
  vi.advanceTimersByTime(101);
  expect(deadline.signal.aborted).toBe(true);
});
