import { existsSync, readdirSync } from 'node:fs';
import { deflateRawSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { tryInflateRaw } from '../src/inflate.ts';
import { disableNativeCalls } from '../src/koffi.ts';

const content = Buffer.from('some content '.repeat(5000));
const deflated = deflateRawSync(content);

const isInstalled = ['/lib/x86_64-linux-gnu', '/usr/lib/x86_64-linux-gnu', '/lib/aarch64-linux-gnu', '/usr/lib64'].some(
  (dir) => existsSync(dir) && readdirSync(dir).includes('libdeflate.so.0'),
);

it.runIf(isInstalled)('inflates a whole stream into memory of exactly its size', () => {
  const target = Buffer.alloc(content.length);
  expect(tryInflateRaw(deflated, target)).toBe(true);
  expect(target.equals(content)).toBe(true);
});

it.runIf(isInstalled)('refuses a stream that is cut off, damaged, followed by data or of another size', () => {
  const target = (size: number) => Buffer.alloc(size);
  expect(tryInflateRaw(deflated.subarray(0, -3), target(content.length))).toBe(false);
  expect(tryInflateRaw(Buffer.alloc(99, 255), target(content.length))).toBe(false);
  expect(tryInflateRaw(Buffer.concat([deflated, Buffer.from('x')]), target(content.length))).toBe(false);
  expect(tryInflateRaw(deflated, target(content.length + 1))).toBe(false);
  expect(tryInflateRaw(deflated, target(content.length - 1))).toBe(false);
});

it.runIf(isInstalled)('writes nothing outside of its target', () => {
  const memory = Buffer.alloc(content.length + 200, 7);
  tryInflateRaw(deflated, memory.subarray(100, 100 + content.length - 50));
  expect(memory.subarray(0, 100).every((byte) => byte === 7)).toBe(true);
  expect(memory.subarray(50 + content.length).every((byte) => byte === 7)).toBe(true);
});

it('leaves the work to the caller where there are no native calls', () => {
  disableNativeCalls();
  expect(tryInflateRaw(deflated, Buffer.alloc(content.length))).toBeUndefined();
});
