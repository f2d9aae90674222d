import { crc32 } from 'node:zlib';
import { expect, it } from 'vitest';
import { crc32Of } from '../src/checksum.ts';
import { disableNativeCalls } from '../src/koffi.ts';

const sizes = [0, 1, 1_000, 65_536, 1_000_003];
const bytesOf = (size: number) => Buffer.from(Uint8Array.from({ length: size }, (_, n) => (n * 2_654_435_761) >>> 13));

it('is that of zlib, for all sizes and at any place in memory', () => {
  for (const size of sizes) {
    const bytes = bytesOf(size);
    expect(crc32Of(bytes)).toBe(crc32(bytes));
    expect(crc32Of(bytes.subarray(3))).toBe(crc32(bytes.subarray(3)));
  }
});

it('goes on from the bytes before', () => {
  const bytes = bytesOf(200_000);
  const first = crc32Of(bytes.subarray(0, 70_001));
  expect(crc32Of(bytes.subarray(70_001), first)).toBe(crc32(bytes));
});

it('is the same without native calls', () => {
  disableNativeCalls();
  for (const size of sizes) expect(crc32Of(bytesOf(size))).toBe(crc32(bytesOf(size)));
});
