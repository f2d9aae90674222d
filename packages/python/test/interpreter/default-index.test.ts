import { expect, test } from 'vitest';
import { parseDefaultIndexUrl } from '../../src/interpreter/default-index.ts';

const help = (about: string) => `
Usage:
  pip install [options] <requirement specifier> ...

Package Index Options:
${about}
  --extra-index-url <url>     Extra URLs (default https://extra.example/simple) to use in addition to --index-url.
  --no-index                  Ignore package index.
`;

test.each([
  [
    'on one line',
    '  -i, --index-url <url>       Base URL of the Index (default https://index.example/simple). This should',
  ],
  [
    'wrapped',
    '  -i, --index-url <url>       Base URL of the Index (default\n                              https://index.example/simple). This',
  ],
  ['with a colon', '  -i, --index-url, --pypi-url <url>  Base URL (default: https://index.example/simple)'],
])('the default is found %s', (_how, about) => {
  expect(parseDefaultIndexUrl(help(about))).toBe('https://index.example/simple');
});

test('a default of another option is not taken for it', () => {
  expect(parseDefaultIndexUrl(help('  -i, --index-url <url>       Base URL of the Index.'))).toBeUndefined();
});

test('a text without the option states none', () => {
  expect(parseDefaultIndexUrl('No module named pip')).toBeUndefined();
});
