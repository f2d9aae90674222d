import { expect, test } from 'vitest';
import { PackagingError, parseSdistFilename, parseWheelFilename } from '../src/index.ts';

test('a wheel says its name, version, build and tags', () => {
  expect(parseWheelFilename('Foo_Bar-1.0_1-2b-py2.py3-none-any.whl'.replace('1.0_1', '1.0+a_1'))).toMatchObject({
    name: 'foo-bar',
    rawName: 'Foo_Bar',
    version: { text: '1.0+a.1' },
    rawVersion: '1.0+a_1',
    build: [2, 'b'],
    tags: ['py2-none-any', 'py3-none-any'],
  });
  expect(parseWheelFilename('a-1-py3-none-any.whl')).not.toHaveProperty('build');
});

test.each([
  'a-1-py3-none-any.zip',
  'a-1-none-any.whl',
  'a-1-x-py3-none-any.whl',
  'a__b-1-py3-none-any.whl',
  'a-x-py3-none-any.whl',
  'a-1-py3-none-.whl',
  '-1-py3-none-any.whl',
  '../a-1-py3-none-any.whl',
  'a-1-py3-none-any-cpu.whl',
  `a-1-${'a.'.repeat(300)}a-${'b.'.repeat(300)}b-any.whl`,
])('%j is not the name of a wheel', (filename) => {
  expect(() => parseWheelFilename(filename)).toThrow(PackagingError);
});

test('an sdist says its name and version, also with dashes in an old name', () => {
  expect(parseSdistFilename('Foo-bar-1.0.tar.gz')).toMatchObject({ name: 'foo-bar', version: { text: '1.0' } });
  expect(parseSdistFilename('foo-1.0.zip').name).toBe('foo');
});

test.each(['foo.tar.gz', '-1.0.tar.gz', 'foo-x.tar.gz', 'foo-1.0.tar.bz2'])(
  '%j is not the name of an sdist',
  (filename) => {
    expect(() => parseSdistFilename(filename)).toThrow(
      expect.objectContaining({ code: 'PACKAGING_INVALID_SDIST_FILENAME' }),
    );
  },
);

test('a build tag with a line break is refused', () => {
  for (const build of ['1\n', '1\nx', '1\r'])
    expect(() => parseWheelFilename(`demo-1.0-${build}-py3-none-any.whl`)).toThrow(
      expect.objectContaining({ code: 'PACKAGING_INVALID_WHEEL_FILENAME' }),
    );
});
