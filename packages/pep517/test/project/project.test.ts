import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Pep517Error, readProject } from '@wheelwright/pep517';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { writeTree } from '@wheelwright/testkit/trees';
import { expect, test } from 'vitest';
import { defaultBuildSettings } from '../../src/project/build-settings.ts';

function tree(files: Readonly<Record<string, string>>): string {
  return writeTree(path.join(temporaryDir(), 'tree'), files);
}

/** The error that reading this pyproject.toml gives. */
function faultOf(text: string): Pep517Error {
  try {
    readProject(tree({ 'pyproject.toml': text }));
  } catch (error) {
    return error as Pep517Error;
  }
  return expect.unreachable('it was accepted');
}

test('A project says how it is built, and what it is called.', () => {
  const dir = tree({
    'pyproject.toml': `
      [build-system]
      requires = ["hatchling >= 1.0", "x[y]; python_version > '3'"]
      build-backend = "hatchling.build:api.hooks"
      [project]
      name = "Demo"
      version = "1.0"`,
  });
  expect(readProject(dir)).toEqual({
    dir,
    requires: ['hatchling >= 1.0', "x[y]; python_version > '3'"],
    backend: { module: 'hatchling.build', object: 'api.hooks' },
    backendPath: [],
    name: 'Demo',
    version: '1.0',
    settings: defaultBuildSettings,
    warnings: [],
  });
});

test('A tree with a setup.py alone, or without [build-system], is built by setuptools as ever.', () => {
  const legacy = {
    requires: ['setuptools>=40.8.0'],
    backend: { module: 'setuptools.build_meta', object: '__legacy__' },
    backendPath: [],
  };
  expect(readProject(tree({ 'setup.py': '' }))).toMatchObject(legacy);
  expect(readProject(tree({ 'pyproject.toml': '[tool.black]\n' }))).toMatchObject(legacy);
  expect(readProject(tree({ 'pyproject.toml': '[build-system]\nrequires = ["x"]' }))).toMatchObject({
    ...legacy,
    requires: ['x'],
  });
});

test('The directory of a project may be reached by a link; what it says names the real one.', () => {
  const dir = tree({ 'setup.py': '' });
  symlinkSync(dir, `${dir}-link`);
  expect(readProject(`${dir}-link`).dir).toBe(dir);
});

test('a path that is not a project is reported as such', () => {
  const dir = tree({ 'README.md': '', 'setup.py/x': '' });
  expect(() => readProject(dir)).toThrow(/is not a Python project: it has neither pyproject\.toml nor setup\.py\./);
  expect(() => readProject(path.join(dir, 'README.md'))).toThrow(/it is not a directory/);
  expect(() => readProject(path.join(dir, 'nowhere'))).toThrow(/it does not exist/);
});

test('A fault of the TOML is put on its line and column.', () => {
  const fault = faultOf('[build-system]\nrequires = [\n  "a",\n  b\n]\n');
  expect(fault.code).toBe('PEP517_BAD_PYPROJECT');
  expect(fault.data).toMatchObject({ line: 4, column: 3 });
  expect(fault.message).toMatch(/pyproject\.toml:4:3: .*[^.]\.$/);
});

test('text that is not UTF-8 is reported with its position', () => {
  const dir = tree({});
  mkdirSync(dir);
  writeFileSync(path.join(dir, 'pyproject.toml'), Buffer.from('[project]\nname = "\xe9"\n', 'latin1'));
  expect(() => readProject(dir)).toThrow(/pyproject\.toml:2:9: it is not valid UTF-8\./);
});

const faults: [string, RegExp, number, string?][] = [
  ['build-system = 1', /build-system is not a table/, 1],
  ['\n[build-system]\nbuild-backend = "x"', /lacks the key 'requires'/, 2],
  ['[build-system]\nrequires = "x"', /'requires' is not a list of strings/, 2],
  ['[build-system]\nrequires = [1]', /'requires' is not a list of strings/, 2],
  ['[build-system]\n\nrequires = ["a b c"]', /'requires' has 'a b c': /, 3],
  [
    '[build-system]\nrequires = []\nbuild_backend = "x"',
    /unknown key 'build_backend'/,
    3,
    "Did you mean 'build-backend'?",
  ],
  [
    '[build-system]\nrequires = []\nbuild-backed = "x"',
    /unknown key 'build-backed'/,
    3,
    "Did you mean 'build-backend'?",
  ],
  ['[build-system]\nrequires = []\nextra = "x"', /unknown key 'extra'/, 3],
  ['[build-system]\nrequires = []\nbuild-backend = 1', /'build-backend' is not of the form/, 3],
  ['[build-system]\nrequires = []\nbuild-backend = "a b"', /'build-backend' is not of the form/, 3],
  ['[build-system]\nrequires = []\nbackend-path = ["x"]', /backend-path has 'x', which does not exist/, 3],
  ['[build-system]\nrequires = []\nbackend-path = ["."]', /'backend-path' is given without 'build-backend'/, 3],
  ['[build-system]\nrequires = []\nbackend-path = "."', /'backend-path' is not a list of strings/, 3],
  ['[build-system]\nrequires = []\nbackend-path = ["/"]', /which is not a relative path/, 3],
  ['[build-system]\nrequires = []\nbackend-path = [".."]', /which is outside the tree/, 3],
  ['[build-system]\nrequires = []\n[project]\nname = 1', /'name' is not a string/, 4],
  ['project = 1', /project is not a table/, 1],
];
for (const [text, message, line, hint] of faults) {
  test(`${JSON.stringify(text)} is refused at its line.`, () => {
    const fault = faultOf(text);
    expect(fault.code).toBe('PEP517_BAD_PYPROJECT');
    expect(fault.message).toMatch(message);
    expect(fault.data.line).toBe(line);
    if (hint !== undefined) expect(fault.hint).toBe(hint);
  });
}

test('backend-path is compared by real paths: neither a sibling of like name nor a link leads out of the tree.', () => {
  const at = (entry: string) =>
    `[build-system]\nrequires = []\nbuild-backend = "b"\nbackend-path = [${JSON.stringify(entry)}]\n`;
  const dir = tree({ 'pyproject.toml': at('../tree-evil'), 'inside/b.py': '' });
  writeTree(`${dir}-evil`, { 'b.py': '' });
  symlinkSync(`${dir}-evil`, path.join(dir, 'link'));
  expect(() => readProject(dir)).toThrow(/is outside the tree/);
  writeTree(dir, { 'pyproject.toml': at('link') });
  expect(() => readProject(dir)).toThrow(/is outside the tree/);
  writeTree(dir, { 'pyproject.toml': at('inside/../inside') });
  expect(readProject(dir).backendPath).toEqual(['inside/../inside']);
});

test('A key that is nearly right is warned about.', () => {
  const { warnings } = readProject(tree({ 'pyproject.toml': '[build_sytem]\nrequires = []\n' }));
  expect(warnings).toEqual([expect.stringMatching(/has 'build_sytem'; did you mean 'build-system'\?$/)]);
});
