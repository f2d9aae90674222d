import { expect, test } from 'vitest';
import { summarize } from '../../src/display/account.ts';

const pin = (name: string) => ({ name, version: '1' });
const none = { installed: [], upgraded: [], removed: [] };

test.each([
  [{ ...none, installed: [pin('a')] }, 'Installed 1 package in 900 ms'],
  [{ ...none, installed: [pin('a'), pin('b')], generation: 4 }, 'Installed 2 packages in 900 ms, generation 4'],
  [
    { ...none, installed: [pin('a'), pin('b')], reinstalled: [pin('b')] },
    'Installed 1 package, reinstalled 1 in 900 ms',
  ],
  [
    { installed: [pin('a')], upgraded: [{ name: 'b', from: '1', to: '2' }], removed: [pin('c'), pin('d')] },
    'Installed 1 package, upgraded 1, removed 2 in 900 ms',
  ],
  [{ ...none, removed: [pin('a')], waitedMs: 3100 }, 'Removed 1 package in 900 ms (3.10 s of it waiting for the lock)'],
])('%j', (change, expected) => {
  expect(summarize(change, 900)).toBe(expected);
});
