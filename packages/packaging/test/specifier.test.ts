import { expect, test } from 'vitest';
import {
  allowsPrereleases,
  filterVersions,
  formatSpecifiers,
  isPinned,
  mergeSpecifiers,
  PackagingError,
  parseSpecifiers,
  parseVersion,
  satisfies,
} from '../src/index.ts';

const meets = (version: string, specifiers: string, prereleases?: boolean) =>
  satisfies(parseVersion(version), parseSpecifiers(specifiers), { prereleases });

test.each([
  ['1.2.3', '>=1.2,<2', true],
  ['1.2', '==1.2.0', true],
  ['1.2+local', '==1.2', true],
  ['1.2', '==1.2+local', false],
  ['1.2+local', '<=1.2', true],
  ['1.2+local', '>1.2', false],
  ['1.2.post1', '>1.2', false],
  ['1.2.post2', '>1.2.post1', true],
  ['1.2.9', '==1.2.*', true],
  ['1', '==1.0.*', true],
  ['1.1', '==1.0.*', false],
  ['1.3', '!=1.2.*', true],
  ['1.4.9', '~=1.4.5', true],
  ['1.5', '~=1.4.5', false],
  ['2.9', '~=2.2', true],
  ['2.2.post3', '~=2.2.post3', true],
  ['1.0', '===1.0', true],
  ['1.0.0', '===1.0', false],
  ['1.0', '', true],
  ['1!1.0', '>=2', true],
  ['1!1.0', '==1.*', false],
])('%s against %j: %s', (version, specifiers, expected) => {
  expect(meets(version, specifiers)).toBe(expected);
});

test.each([
  ['1.0a1', '<1.0', false],
  ['1.0.dev0', '<1.0', false],
  ['1.0a1', '<1.0a2', true],
  ['1.0.post1.dev1', '<1.0.post1', false],
  ['1.0.post0', '<1.0.post1', true],
  ['1.0.post1', '>1.0a1', true],
  ['1.0a1.post1', '>1.0a1', false],
  ['1.0.dev2', '>1.0.dev1', true],
  ['1.2.dev5', '==1.2.*', true],
  ['2.3.dev0', '~=2.2', true],
  ['3.dev0', '~=2.2', false],
  ['1.0.dev1+x', '>1.0.dev1', false],
])('%s against %j with pre-releases: %s', (version, specifiers, expected) => {
  expect(meets(version, specifiers, true)).toBe(expected);
});

test('pre-releases satisfy only where a clause names one, or the caller says so', () => {
  expect(meets('2.0a1', '>=1')).toBe(false);
  expect(meets('2.0a1', '>=1.0rc1')).toBe(true);
  expect(meets('2.0a1', '>=1', true)).toBe(true);
  expect(meets('2.0a1', '==2.0a1', false)).toBe(false);
  expect(allowsPrereleases(parseSpecifiers('!=1.0a1'))).toBe(false);
});

test('sets are printed, merged and asked for a pin', () => {
  expect(formatSpecifiers(parseSpecifiers(' >= 1.0 , != 1.4.* ,'))).toBe('>=1.0,!=1.4.*');
  expect(formatSpecifiers(mergeSpecifiers(parseSpecifiers('>=1'), parseSpecifiers('<2,>=1')))).toBe('>=1,<2');
  expect(isPinned(parseSpecifiers('==1.0.post1,>1a1'))?.text).toBe('1.0.post1');
  expect(isPinned(parseSpecifiers('==1.0,>2'))).toBeUndefined();
  expect(isPinned(parseSpecifiers('==1.*'))).toBeUndefined();
});

test('numbers beyond the safe integers are compared exactly', () => {
  expect(meets('9007199254740993.1', '==9007199254740992.*')).toBe(false);
  expect(meets('9007199254740993.1', '~=9007199254740993.0')).toBe(true);
});

test.each([
  '1.0',
  '>1.0+local',
  '~=1',
  '>=1.*',
  '==1.0a1.*',
  '==1.0.dev1.*',
  '=>1',
  '>=1 <2',
  '===a b',
  '~=1.0+x',
  '==',
])('%j is not a specifier', (text) => {
  expect(() => parseSpecifiers(text)).toThrow(PackagingError);
});

test('=== compares texts as they are written', () => {
  expect(meets('1.01', '===1.01')).toBe(true);
  expect(meets(' 1.01 ', '===1.01')).toBe(true);
  expect(meets('1.1', '===1.01')).toBe(false);
  expect(meets('1.01', '===1.1')).toBe(false);
  expect(meets('1.0RC1', '===1.0rc1')).toBe(true);
  expect(satisfies('from-the-lab', parseSpecifiers('===From-the-lab'))).toBe(true);
});

test.each(['===', '=== ', '===,>=1', '>=1,==='])('%j is refused: === needs a text', (text) => {
  expect(() => parseSpecifiers(text)).toThrow(expect.objectContaining({ code: 'PACKAGING_INVALID_SPECIFIER' }));
});

test('a text that is not a version meets an empty set and no clause but ===', () => {
  expect(satisfies('lab', parseSpecifiers(''))).toBe(true);
  for (const clause of ['!=1', '~=1.0', '>=1', '<1', '==1', '!=1.*', '===1']) {
    expect(satisfies('lab', parseSpecifiers(clause))).toBe(false);
  }
});

test('filtering keeps pre-releases where nothing else fits', () => {
  const filter = (clause: string, versions: string[], prereleases?: boolean) =>
    filterVersions(versions, parseSpecifiers(clause), { prereleases });
  expect(filter('>=1', ['1.1rc1', '1.0', '0.9'])).toEqual(['1.0']);
  expect(filter('>1', ['1.1rc1', '1.0', '0.9'])).toEqual(['1.1rc1']);
  expect(filter('>=1', ['1.1rc1', '1.0'], true)).toEqual(['1.1rc1', '1.0']);
  expect(filter('>1', ['1.1rc1', '1.0'], false)).toEqual([]);
  expect(filter('>=1.0a1', ['1.1rc1', '1.0'])).toEqual(['1.1rc1', '1.0']);
  expect(filter('', ['lab', '1.1rc1'])).toEqual(['lab', '1.1rc1']);
  expect(filter('', ['lab', '1.1rc1', '1.0'])).toEqual(['lab', '1.0']);
});
