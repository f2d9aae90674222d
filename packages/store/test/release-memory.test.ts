import { expect, it } from 'vitest';
import { releaseMemory } from '../src/fill/release-memory.ts';

it('frees memory that is the caller’s own, and more than once', () => {
  const [first, second] = [Buffer.allocUnsafeSlow(1_000), new Uint8Array(10)];
  releaseMemory(first);
  releaseMemory(second);
  expect([first.length, second.length]).toEqual([0, 0]);
  expect(() => releaseMemory(first)).not.toThrow();
});

it('leaves memory that others use, too', () => {
  const whole = new Uint8Array(100).fill(7);
  releaseMemory(whole.subarray(0, 50));
  releaseMemory(new Uint8Array(new SharedArrayBuffer(10)));
  const pooled = Buffer.from('a few bytes of the pool');
  releaseMemory(pooled);
  expect(whole).toEqual(new Uint8Array(100).fill(7));
  expect(pooled.toString()).toBe('a few bytes of the pool');
});
