import { expect, test } from 'vitest';
import { PackagingError, parseMetadata, parseWheelMetadata } from '../src/index.ts';

const text = `Metadata-Version: 2.5
Name: Foo
Version: 1.0
Summary: a
 b
Requires-Dist: bar>=1
Requires-Dist: baz ;
  extra == "x"
Requires-Python: >=3.8
Provides-Extra: x
Import-Name: foo
Import-Name: _foo ; private
Dynamic: Classifier

Name: not a field
`;

test('metadata gives what resolving and installing need, and every field by name', () => {
  const metadata = parseMetadata(text);
  expect(metadata).toMatchObject({
    metadataVersion: '2.5',
    name: 'Foo',
    version: '1.0',
    requiresDist: ['bar>=1', 'baz ; extra == "x"'],
    requiresPython: '>=3.8',
    providesExtra: ['x'],
    importNames: ['foo', '_foo'],
    dynamic: ['classifier'],
  });
  expect(metadata.headers.get('name')).toEqual(['Foo']);
  expect(parseMetadata(text.replaceAll('\n', '\r\n'))).toEqual(metadata);
});

test.each([
  '',
  'Metadata-Version: 2.1\nVersion: 1',
  'Metadata-Version: 2.1\nName: a',
  'Metadata-Version: 2.1\nName: ../a\nVersion: 1',
  ' x: y',
  'Metadata-Version: 2.1\nno field\nName: a\nVersion: 1',
])('%j is not metadata', (wrong) => {
  expect(() => parseMetadata(wrong)).toThrow(expect.objectContaining({ code: 'PACKAGING_INVALID_METADATA' }));
});

test('WHEEL gives the version of its format, its root and its tags', () => {
  expect(
    parseWheelMetadata(
      'Wheel-Version: 1.0\nGenerator: g\nRoot-Is-Purelib: True\nTag: py2-none-any\nTag: py3-none-any\nBuild: 1\n',
    ),
  ).toEqual({
    wheelVersion: [1, 0],
    rootIsPurelib: true,
    tags: ['py2-none-any', 'py3-none-any'],
    build: '1',
    generator: 'g',
    oddities: [],
  });
});

test.each(['', 'Wheel-Version: 1\nRoot-Is-Purelib: true'])('%j is not WHEEL', (wrong) => {
  expect(() => parseWheelMetadata(wrong)).toThrow(PackagingError);
});

test.each([
  ['Name: a\nVersion: 1', 'has no Metadata-Version'],
  ['Metadata-Version: 3.0\nName: a\nVersion: 1', 'Metadata-Version "3.0"'],
  ['Metadata-Version: 2.1\nName: a\nVersion: 1\nno field\nRequires-Dist: b', '"no field" on line 4'],
])('metadata %j is read and called odd', (text, oddity) => {
  const metadata = parseMetadata(text);
  expect(metadata).toMatchObject({ name: 'a', version: '1', requiresDist: [] });
  expect(metadata.oddities).toEqual([expect.stringContaining(oddity)]);
});

test.each([
  ['Wheel-Version: 1.0', false, 'no Root-Is-Purelib'],
  ['Wheel-Version: 1.0\nRoot-Is-Purelib: yes', false, 'Root-Is-Purelib "yes"'],
  ['Wheel-Version: 1.0\nRoot-Is-Purelib:', false, 'Root-Is-Purelib ""'],
  ['Wheel-Version: 1.0.0\nRoot-Is-Purelib: TRUE', true, 'Wheel-Version "1.0.0"'],
  ['Wheel-Version: 1.0\nRoot-Is-Purelib: true\nno field', true, '"no field" on line 3'],
])('WHEEL %j is read and called odd', (text, rootIsPurelib, oddity) => {
  const wheel = parseWheelMetadata(text);
  expect(wheel).toMatchObject({ wheelVersion: [1, 0], rootIsPurelib });
  expect(wheel.oddities).toEqual([expect.stringContaining(oddity)]);
});
