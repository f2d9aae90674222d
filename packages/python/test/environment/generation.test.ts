import { expect, test } from 'vitest';
import { formatGeneration, type Generation, parseGeneration } from '../../src/index.ts';

const generation: Generation = {
  format: 1,
  number: 3,
  created: '2026-01-02T03:04:05.000Z',
  command: 'ww install a',
  distributions: [
    { name: 'b', version: '2', requested: false },
    { name: 'a', version: '1', sha256: 'ab', requested: true },
  ],
  support: { '_wheelwright_pin.py': 'cd' },
  kept: ['share/note'],
};

test('a formatted generation is read back, with its distributions by name', () => {
  const text = formatGeneration(generation);
  expect(parseGeneration(text, '/g')).toEqual({
    ...generation,
    distributions: [...generation.distributions].reverse(),
  });
  expect(formatGeneration(parseGeneration(text, '/g'))).toBe(text);
});

test.each([
  ['not JSON', '{'],
  ['no object', '[]'],
  ['an empty object', '{}'],
  ['a number below one', formatGeneration({ ...generation, number: 0 })],
  ['a distribution without a version', formatGeneration(generation).replace('"version"', '"v"')],
])('%s is damage', (_what, text) => {
  expect(() => parseGeneration(text, '/g')).toThrow(
    expect.objectContaining({ code: 'ENVIRONMENT_DAMAGED', data: { path: '/g' } }),
  );
});

test('a newer format is refused and named', () => {
  const text = formatGeneration({ ...generation, format: 2 });
  expect(() => parseGeneration(text, '/g')).toThrow(
    expect.objectContaining({ code: 'ENVIRONMENT_NEWER_FORMAT', data: { path: '/g', expected: 1, found: 2 } }),
  );
});
