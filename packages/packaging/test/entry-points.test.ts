import { expect, test } from 'vitest';
import { parseEntryPoints, scriptFileName } from '../src/index.ts';

test('entry points have a group, a name, a module and what is called', () => {
  expect(
    parseEntryPoints(
      '# c\n[console_scripts]\nFoo = pkg.mod:main [x, y]\n; c\n\n[my.group]\na:b=pkg\nz = any thing = at all\n',
    ),
  ).toEqual([
    {
      group: 'console_scripts',
      name: 'Foo',
      value: 'pkg.mod:main [x, y]',
      module: 'pkg.mod',
      attribute: 'main',
      extras: ['x', 'y'],
    },
    { group: 'my.group', name: 'a:b', value: 'pkg', module: 'pkg', attribute: '', extras: [] },
    { group: 'my.group', name: 'z', value: 'any thing = at all', module: '', attribute: '', extras: [] },
  ]);
});

test.each([
  'a = b:c',
  '[console_scripts]\na',
  '[console_scripts]\na = b',
  '[console_scripts]\n../a = b:c',
  '[console_scripts]\n.. = b:c',
  '[gui_scripts]\na/b = b:c',
  '[gui_scripts]\n/a = b:c',
  '[gui_scripts]\na/ = b:c',
  '[gui_scripts]\na/.. = b:c',
  '[gui_scripts]\na/../../b = b:c',
  '[gui_scripts]\na\0b = b:c',
  '[console_scripts]\na = m:main;import os',
  '[console_scripts]\na = m:f()',
  '[console_scripts]\n= b:c',
  '[console_scripts]\na = b:c\na = b:d',
  '[console_scripts]\na = b:c:d',
])('%j is refused', (text) => {
  expect(() => parseEntryPoints(text)).toThrow(expect.objectContaining({ code: 'PACKAGING_INVALID_ENTRY_POINT' }));
});

test.each([
  ['a', 'a'],
  ['./a', 'a'],
  ['x/../a', 'a'],
  ['x//../a', 'a'],
  ['a\\b', 'a\\b'],
  ['..a', '..a'],
  ['two words', 'two words'],
  ['', undefined],
  ['.', undefined],
  ['..', undefined],
  ['../a', undefined],
  ['x/../../a', undefined],
  ['x/a', undefined],
  ['/a', undefined],
  ['a/', undefined],
  ['a/.', undefined],
  ['a/..', undefined],
  ['a\0', undefined],
])('the script %j is the file %j', (name, file) => {
  expect(scriptFileName(name)).toBe(file);
});
