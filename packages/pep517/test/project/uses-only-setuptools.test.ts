import { temporaryDir } from '@wheelwright/testkit/temporary';
import { writeBackendTree, writeHatchlingTree, writeSetuptoolsTree, writeTree } from '@wheelwright/testkit/trees';
import { expect, test } from 'vitest';
import { readProject } from '../../src/project/project.ts';
import { runsSetuptoolsAlone } from '../../src/project/uses-only-setuptools.ts';

const isAlone = (dir: string) => runsSetuptoolsAlone(readProject(dir), dir);
const system = (requires: readonly string[]) =>
  `[build-system]\nrequires = ${JSON.stringify(requires)}\nbuild-backend = "setuptools.build_meta"\n`;

test('a tree that states everything in pyproject.toml runs setuptools alone', () => {
  expect(isAlone(writeSetuptoolsTree(temporaryDir()))).toBe(true);
  expect(isAlone(writeTree(temporaryDir(), { 'pyproject.toml': system(['setuptools>=61', 'Wheel']) }))).toBe(true);
  expect(isAlone(writeTree(temporaryDir(), { 'pyproject.toml': '', 'setup.cfg': '[metadata]\nname = demo\n' }))).toBe(
    true,
  );
});

test.each([
  ['a setup.py', { 'setup.py': '' }],
  ['commands of its own', { 'setup.cfg': '[options]\ncmdclass = build_py = demo.Build\n' }],
  ['a package of commands', { 'setup.cfg': '[global]\ncommand_packages = demo\n' }],
  ['an attribute to import', { 'setup.cfg': '[metadata]\nversion = attr: demo.version\n' }],
  ['requirements in setup.cfg', { 'setup.cfg': '[options]\nsetup_requires = demo\n' }],
  ['a plug-in', { 'pyproject.toml': system(['setuptools', 'setuptools-scm']) }],
  ['a setuptools from elsewhere', { 'pyproject.toml': system(['setuptools @ file:///setuptools.whl']) }],
  [
    'commands in pyproject.toml',
    { 'pyproject.toml': `${system(['setuptools'])}[tool.setuptools.cmdclass]\nbuild = "demo.Build"\n` },
  ],
])('A tree with %s may run more than setuptools.', (_name, files: Record<string, string>) => {
  expect(isAlone(writeTree(writeSetuptoolsTree(temporaryDir()), files))).toBe(false);
});

test('Other backends are not setuptools.', () => {
  expect(isAlone(writeHatchlingTree(temporaryDir()))).toBe(false);
  expect(isAlone(writeBackendTree(temporaryDir()))).toBe(false);
});
