import { parseMetadata } from '@wheelwright/packaging';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { writeTree } from '@wheelwright/testkit/trees';
import { expect, test } from 'vitest';
import { statedMetadata } from '../../src/project/static-metadata.ts';

const packageInfo = (version: string, more = '') =>
  `Metadata-Version: ${version}\nName: demo\nVersion: 1.0\nRequires-Dist: a>1\n${more}\n`;

function stated(files: Readonly<Record<string, string>>) {
  return statedMetadata(writeTree(temporaryDir(), files));
}

test('PKG-INFO of metadata 2.2 is believed, and one that is older or leaves a field open is not.', () => {
  expect(stated({ 'PKG-INFO': packageInfo('2.2') })).toMatchObject({ from: 'sdist', text: packageInfo('2.2') });
  expect(stated({ 'PKG-INFO': packageInfo('2.4', 'Dynamic: Description\n') })?.from).toBe('sdist');
  expect(stated({ 'PKG-INFO': packageInfo('2.1') })).toBeUndefined();
  expect(stated({ 'PKG-INFO': packageInfo('2.2', 'Dynamic: Requires-Dist\n') })).toBeUndefined();
  expect(stated({ 'PKG-INFO': 'no metadata at all' })).toBeUndefined();
});

test('A [project] table that leaves nothing open is metadata, extras with their conditions included.', () => {
  const found = stated({
    'pyproject.toml': `[project]
name = "demo"
version = "1.0"
requires-python = ">=3.8"
dependencies = ["a>1", "b ; python_version < '3.9'"]
[project.optional-dependencies]
more = ["c", "d>2; os_name == 'posix' or os_name == 'nt'", "e @ file:///x;y/e.whl"]
`,
  });
  expect(found?.from).toBe('pyproject');
  const { name, version, requiresPython, requiresDist, providesExtra } = parseMetadata(found!.text);
  expect({ name, version, requiresPython, providesExtra }).toEqual({
    name: 'demo',
    version: '1.0',
    requiresPython: '>=3.8',
    providesExtra: ['more'],
  });
  expect(requiresDist).toEqual([
    'a>1',
    "b ; python_version < '3.9'",
    'c; extra == "more"',
    `d>2 ; (os_name == 'posix' or os_name == 'nt') and extra == "more"`,
    'e @ file:///x;y/e.whl ; extra == "more"',
  ]);
});

test.each([
  ['no version', 'name = "demo"'],
  ['a dynamic version', 'name = "demo"\ndynamic = ["version"]'],
  ['dynamic dependencies', 'name = "demo"\nversion = "1"\ndynamic = ["dependencies"]'],
  ['a requirement that is none', 'name = "demo"\nversion = "1"\ndependencies = ["=1"]'],
  ['a version that is none', 'name = "demo"\nversion = "one"'],
])('A table with %s is left to the backend.', (_what, table) => {
  expect(stated({ 'pyproject.toml': `[project]\n${table}\n` })).toBeUndefined();
});

test('A tree with neither is left to the backend.', () => {
  expect(stated({ 'setup.py': '' })).toBeUndefined();
});
