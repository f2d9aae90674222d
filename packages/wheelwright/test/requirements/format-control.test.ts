import { expect, test } from 'vitest';
import { type FormatOption, readFormatControl } from '../../src/requirements/format-control.ts';

const only = (value: string): FormatOption => ({ name: '--only-binary', value });
const no = (value: string): FormatOption => ({ name: '--no-binary', value });

/** `w` and `s` for what may be used of `a` and of `b`. */
function allowed(...options: FormatOption[]): string {
  const formatsOf = readFormatControl(options);
  return ['a', 'b']
    .map((name) => formatsOf(name))
    .map(({ wheels, sdists }) => `${wheels ? 'w' : ''}${sdists ? 's' : ''}`)
    .join(' ');
}

test.each([
  [[], 'ws ws'],
  [[only(':all:')], 'w w'],
  [[no(':all:')], 's s'],
  [[only('A')], 'w ws'],
  [[no('a , c')], 's ws'],
  [[only(':all:'), no('a')], 's w'],
  [[no(':all:'), only('b')], 's w'],
  [[no('a'), only('a')], 'w ws'],
  [[no('a'), only(':all:')], 'w w'],
  [[no('a'), no(':none:')], 'ws ws'],
  [[no(':none:')], 'ws ws'],
])('%j allows %s', (options, expected) => {
  expect(allowed(...options)).toBe(expected);
});

test('a value that is not a name is refused', () => {
  expect(() => allowed(no('a b'))).toThrow(expect.objectContaining({ code: 'WHEELWRIGHT_USAGE' }));
});
