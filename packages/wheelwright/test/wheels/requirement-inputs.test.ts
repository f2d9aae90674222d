import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, test } from 'vitest';
import { readRequirementInputs } from '../../src/wheels/requirement-inputs.ts';

test('names, wheels, directories and URLs are told apart', () => {
  const workingDir = temporaryDir();
  mkdirSync(path.join(workingDir, 'tree'));
  writeFileSync(path.join(workingDir, 'a-1-py3-none-any.whl'), '');
  const { inputs } = readRequirementInputs({
    workingDir,
    requirements: [
      'six>=1',
      './tree',
      './a-1-py3-none-any.whl[extra]',
      'a-1-py3-none-any.whl',
      'http://h/b-1-py3-none-any.whl',
      `file://${workingDir}/tree`,
    ],
  });
  expect(inputs.map(({ kind }) => kind)).toEqual(['requirement', 'tree', 'wheel', 'wheel', 'wheel-url', 'tree']);
  expect(inputs[2]).toMatchObject({ path: path.join(workingDir, 'a-1-py3-none-any.whl'), extras: ['extra'] });
});

test('a requirements file brings what it includes, relative to itself', () => {
  const workingDir = temporaryDir();
  mkdirSync(path.join(workingDir, 'sub'));
  writeFileSync(path.join(workingDir, 'all.txt'), '-r sub/more.txt\n-c sub/limits.txt\nsix\n');
  writeFileSync(path.join(workingDir, 'sub', 'more.txt'), 'attrs # why not\n./b-1-py3-none-any.whl\n');
  writeFileSync(path.join(workingDir, 'sub', 'b-1-py3-none-any.whl'), '');
  writeFileSync(path.join(workingDir, 'sub', 'limits.txt'), 'six<2\n');
  const { inputs, constraints } = readRequirementInputs({ workingDir, requirementFiles: ['all.txt'] });
  const names = inputs.map((input) =>
    input.kind === 'requirement' ? input.requirement.name : input.kind === 'wheel' ? path.basename(input.path) : '',
  );
  expect(names).toEqual(['attrs', 'b-1-py3-none-any.whl', 'six']);
  expect(constraints.map(({ name }) => name)).toEqual(['six']);
});

test.each(['./missing', 'missing.whl'])('%s, which does not exist, is bad input', (requirement) => {
  expect(() => readRequirementInputs({ workingDir: temporaryDir(), requirements: [requirement] })).toThrow(
    expect.objectContaining({ code: 'WHEELWRIGHT_BAD_INPUT' }),
  );
});

test('a requirements file that is missing is bad input', () => {
  expect(() => readRequirementInputs({ workingDir: temporaryDir(), requirementFiles: ['none.txt'] })).toThrow(
    expect.objectContaining({ code: 'WHEELWRIGHT_BAD_INPUT' }),
  );
});

test('a name with a URL is no path, and keeps its name and marker', () => {
  const workingDir = temporaryDir();
  const wheel = path.join(workingDir, 'a-1-py3-none-any.whl');
  writeFileSync(wheel, '');
  const requirements = [`a[x] @ file://${wheel} ; python_version < "3"`, 'b @ http://h/b-1-py3-none-any.whl'];
  expect(readRequirementInputs({ workingDir, requirements }).inputs).toMatchObject([
    { kind: 'wheel', name: 'a', path: wheel, extras: ['x'], marker: {} },
    { kind: 'wheel-url', name: 'b', url: 'http://h/b-1-py3-none-any.whl' },
  ]);
});

test('what is no URL, and a pipe in the place of a wheel, are bad input', () => {
  const workingDir = temporaryDir();
  spawnSync('mkfifo', [path.join(workingDir, 'a-1-py3-none-any.whl')]);
  for (const requirement of ['http://[', 'a @ http://[', 'file://host/a.whl', './a-1-py3-none-any.whl'])
    expect(() => readRequirementInputs({ workingDir, requirements: [requirement] })).toThrow(
      expect.objectContaining({ code: 'WHEELWRIGHT_BAD_INPUT' }),
    );
});
