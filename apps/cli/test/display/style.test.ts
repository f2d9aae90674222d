import { expect, test } from 'vitest';
import { createStyle, wantsColor } from '../../src/display/style.ts';

// Standard output is not a terminal in a test.
test.each([
  ['auto', {}, false],
  [undefined, { FORCE_COLOR: '1' }, true],
  ['auto', { FORCE_COLOR: '0' }, false],
  ['auto', { FORCE_COLOR: '1', NO_COLOR: '1' }, false],
  ['auto', { NO_COLOR: '', FORCE_COLOR: '3' }, true],
  ['always', { NO_COLOR: '1' }, true],
  ['never', { FORCE_COLOR: '1' }, false],
  [false, { FORCE_COLOR: '1' }, false],
] as const)('--color %s with %j', (choice, variables, expected) => {
  expect(wantsColor(1, choice, variables)).toBe(expected);
});

test('without colours text is as it is', () => {
  expect(createStyle(false).added('+')).toBe('+');
  expect(createStyle(true).added('+')).toBe('\u001B[32m+\u001B[39m');
  expect(createStyle(true).added('')).toBe('');
});
