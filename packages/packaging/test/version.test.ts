import { expect, test } from 'vitest';
import { compareVersions, isPrerelease, PackagingError, parseVersion, tryParseVersion } from '../src/index.ts';

const ascending = [
  '1.dev0',
  '1.0a1.dev1',
  '1.0a1',
  '1.0a1.post1',
  '1.0a2',
  '1.0b1',
  '1.0rc1.dev4',
  '1.0rc1',
  '1.0',
  '1.0+abc',
  '1.0+abc.1',
  '1.0+5',
  '1.0+5.a',
  '1.0.post1.dev3',
  '1.0.post1',
  '1.0.post1+x',
  '1.0.1',
  '1.1.dev1',
  '1.1',
  '1.10',
  '2',
  '1!0.1',
  '1!1',
];

test('versions sort in the order of the specification', () => {
  for (const [i, a] of ascending.entries()) {
    for (const [j, b] of ascending.entries()) {
      expect(Math.sign(compareVersions(parseVersion(a), parseVersion(b))), `${a} ? ${b}`).toBe(Math.sign(i - j));
    }
  }
});

test.each([
  ['v1.0', '1.0'],
  [' 1.0ALPHA1\n', '1.0a1'],
  ['1.0-1', '1.0.post1'],
  ['1.0.preview-3', '1.0rc3'],
  ['1.0_c', '1.0rc0'],
  ['01.02', '1.2'],
  ['0!1', '1'],
  ['1.0.REV4', '1.0.post4'],
  ['1.0-dev', '1.0.dev0'],
  ['1.0+Ubuntu-01_b', '1.0+ubuntu.1.b'],
])('%j is normalized to %s', (text, normalized) => {
  expect(parseVersion(text).text).toBe(normalized);
});

test('a version gives its parts', () => {
  expect(parseVersion('3!1.2rc4.post5.dev6+l.7')).toMatchObject({
    epoch: 3,
    release: [1, 2],
    pre: { label: 'rc', number: 4 },
    post: 5,
    dev: 6,
    local: ['l', 7],
  });
  expect(parseVersion('1.0')).not.toHaveProperty('pre');
});

test('trailing zeros of the release do not count, and their spelling stays', () => {
  expect(compareVersions(parseVersion('1'), parseVersion('1.0.0'))).toBe(0);
  expect(parseVersion('1.0.0').text).toBe('1.0.0');
});

test('numbers beyond the safe integers keep their order and their text', () => {
  const [a, b] = [parseVersion('1.9007199254740993'), parseVersion('1.9007199254740992')];
  expect(compareVersions(a, b)).toBe(1);
  expect(a.text).toBe('1.9007199254740993');
});

test.each(['', '1..0', '1.0a1a', 'foo', '1.0+', '1.0+a..b', '1.0-', '1.0 1', '1.٣', '1.0.*'])(
  '%j is not a version',
  (text) => {
    expect(tryParseVersion(text)).toBeUndefined();
    expect(() => parseVersion(text)).toThrow(PackagingError);
  },
);

test('alphas, betas, candidates and development releases are pre-releases', () => {
  expect(['1a1', '1b1', '1rc1', '1.dev1', '1.post1.dev1'].every((text) => isPrerelease(parseVersion(text)))).toBe(true);
  expect(['1', '1.post1', '1+a'].some((text) => isPrerelease(parseVersion(text)))).toBe(false);
});

test('hostile texts are read or refused in linear time', () => {
  for (const text of [
    `${'1.'.repeat(500_000)}x`,
    '1'.repeat(1_000_000),
    `1+${'a.'.repeat(500_000)}`,
    `1-${'1'.repeat(1_000_000)}!`,
    ' '.repeat(1_000_000),
  ]) {
    expect(tryParseVersion(text)).toBeUndefined();
  }
  expect(tryParseVersion(`${'1.'.repeat(9_000)}1`)).toBeDefined();
});
