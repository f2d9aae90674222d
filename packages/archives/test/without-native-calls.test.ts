// The tests of wheels once more, as on a machine without libdeflate: everything is inflated by Node's zlib.
import { disableNativeCalls, tryInflateRaw } from '@wheelwright/syscalls';
import { expect, it } from 'vitest';

disableNativeCalls();

it('has no libdeflate', () => {
  expect(tryInflateRaw(Buffer.from([3, 0]), Buffer.alloc(1))).toBeUndefined();
});

await import('./unpack-wheel.test.ts');
await import('./malformed-wheels.test.ts');
await import('./odd-wheels.test.ts');
await import('./compare-wheels.test.ts');
