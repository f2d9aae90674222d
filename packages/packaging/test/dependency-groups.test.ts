import { expect, test } from 'vitest';
import { formatRequirement, resolveDependencyGroup } from '../src/index.ts';

test('a group holds its requirements and those of the groups it includes, in their place', () => {
  const groups = { Test_all: ['a', { 'include-group': 'lint' }, 'c>1'], lint: ['b'] };
  expect(resolveDependencyGroup(groups, 'test.all').map(formatRequirement)).toEqual(['a', 'b', 'c>1']);
});

test.each([
  [{}, 'no group'],
  [[], 'not a table'],
  [{ g: 'a' }, 'not a list'],
  [{ g: [1] }, 'neither'],
  [{ g: [{ other: 'x' }] }, 'neither'],
  [{ g: ['a b'] }, 'not a valid requirement'],
  [{ g: [{ 'include-group': 'G' }] }, 'includes itself: g → g'],
  [{ g: [], G: [] }, 'two groups'],
  [{ g: [{ 'include-group': 'h' }] }, '"h"'],
])('%j is refused', (groups, message) => {
  expect(() => resolveDependencyGroup(groups, 'g')).toThrow(message);
});

test('groups that include one group twice each are resolved in linear time', () => {
  const groups: Record<string, unknown[]> = { g0: [] };
  for (let index = 1; index < 40; index += 1)
    groups[`g${index}`] = [{ 'include-group': `g${index - 1}` }, { 'include-group': `g${index - 1}` }];
  expect(resolveDependencyGroup(groups, 'g39')).toEqual([]);
});

test('a group that is not asked for may hold what is not known here', () => {
  const groups = { one: ['a'], two: 'text', three: [{ newer: 'x' }] };
  expect(resolveDependencyGroup(groups, 'one')).toHaveLength(1);
  for (const name of ['two', 'three'])
    expect(() => resolveDependencyGroup(groups, name)).toThrow(
      expect.objectContaining({ code: 'PACKAGING_INVALID_DEPENDENCY_GROUP' }),
    );
});
