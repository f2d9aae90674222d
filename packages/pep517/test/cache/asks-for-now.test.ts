import { expect, test } from 'vitest';
import { asksForNow } from '../../src/cache/observed-inputs.ts';

test.each([
  ['backend.py calls time()', true],
  ['setup.py calls getpid()', true],
  ['lib/build.py calls uuid4()', true],
  ['setup.py calls gethostname()', false],
  ['setup.py calls getnode()', false],
  ['the network was used', false],
  ['/proc/cpuinfo was read', false],
  ['a source contains __DATE__ or __TIME__', false],
])('whether %j asks only for the present moment: %j', (reason, expected) => {
  expect(asksForNow(reason)).toBe(expected);
});
