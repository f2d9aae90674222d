import { expect, it } from 'vitest';
import { returnFreedMemory } from '../src/allocator.ts';
import { disableNativeCalls } from '../src/koffi.ts';

const report = process.report?.getReport() as { header?: { glibcVersionRuntime?: string } } | undefined;

it.runIf(report?.header?.glibcVersionRuntime !== undefined)('is taken by glibc, and memory is still memory', () => {
  expect(returnFreedMemory(64 * 1024)).toBe(true);
  const memory = Array.from({ length: 20 }, (_, n) => Buffer.alloc(100_000, n));
  expect(memory.every((buffer, n) => buffer.every((byte) => byte === n))).toBe(true);
});

it('changes nothing without native calls', () => {
  disableNativeCalls();
  expect(returnFreedMemory(64 * 1024)).toBe(false);
});
