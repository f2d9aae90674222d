import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, test } from 'vitest';
import { readRequirementInputs } from '../../src/requirements/requirement-inputs.ts';

test('names, wheels, directories and URLs are distinguished', async () => {
  const workingDir = temporaryDir();
  mkdirSync(path.join(workingDir, 'tree'));
  writeFileSync(path.join(workingDir, 'a-1-py3-none-any.whl'), '');
  const { inputs } = await readRequirementInputs({
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
  const tree = { location: { kind: 'directory', dir: path.join(workingDir, 'tree') } };
  const wheel = { location: { kind: 'archive', format: 'wheel', path: path.join(workingDir, 'a-1-py3-none-any.whl') } };
  const url = { location: { kind: 'archive', format: 'wheel', url: 'http://h/b-1-py3-none-any.whl' } };
  expect(inputs).toMatchObject([{ kind: 'requirement' }, tree, { ...wheel, extras: ['extra'] }, wheel, url, tree]);
});

test('a requirements file brings what it includes, relative to itself', async () => {
  const workingDir = temporaryDir();
  mkdirSync(path.join(workingDir, 'sub'));
  writeFileSync(path.join(workingDir, 'all.txt'), '-r sub/more.txt\n-c sub/limits.txt\nsix\n');
  writeFileSync(path.join(workingDir, 'sub', 'more.txt'), 'attrs # why not\n./b-1-py3-none-any.whl\n');
  writeFileSync(path.join(workingDir, 'sub', 'b-1-py3-none-any.whl'), '');
  writeFileSync(path.join(workingDir, 'sub', 'limits.txt'), 'six<2\n');
  const { inputs, constraints } = await readRequirementInputs({ workingDir, requirementFiles: ['all.txt'] });
  expect(inputs).toMatchObject([
    { requirement: { name: 'attrs' } },
    { location: { path: path.join(workingDir, 'sub', 'b-1-py3-none-any.whl') } },
    { requirement: { name: 'six' } },
  ]);
  expect(constraints.map(({ requirement }) => requirement.name)).toEqual(['six']);
});

test.each(['file:sub/t', 'file:./sub/t', 't @ file:sub/t', 't @ ./sub/t', 'FILE:sub/t', '-e file:sub/t'])(
  '%s is relative to the place that states it',
  async (line) => {
    const workingDir = temporaryDir();
    const dir = path.join(workingDir, 'sub', 't');
    mkdirSync(dir, { recursive: true });
    writeFileSync(path.join(workingDir, 'all.txt'), `${line}\n`);
    const { inputs } = await readRequirementInputs({ workingDir, requirementFiles: ['all.txt'] });
    expect(inputs).toMatchObject([{ location: { kind: 'directory', dir } }]);
  },
);

test('a path of a file that is elsewhere is relative to the file, else to the working directory', async () => {
  const workingDir = temporaryDir();
  const here = (...parts: string[]) => path.join(workingDir, ...parts);
  for (const dir of [['other'], ['sub', 'own'], ['sub', 'both'], ['both']])
    mkdirSync(here(...dir), { recursive: true });
  writeFileSync(here('sub', 'all.txt'), './own\n./other\n-e ./both\n');
  const { inputs } = await readRequirementInputs({ workingDir, requirementFiles: ['sub/all.txt'] });
  expect(inputs).toMatchObject([
    { location: { dir: here('sub', 'own') } },
    { location: { dir: here('other') } },
    { location: { dir: here('sub', 'both') } },
  ]);
  writeFileSync(here('sub', 'all.txt'), './nowhere\n');
  await expect(readRequirementInputs({ workingDir, requirementFiles: ['sub/all.txt'] })).rejects.toMatchObject({
    code: 'WHEELWRIGHT_BAD_INPUT',
    data: { path: here('sub', 'nowhere') },
  });
});

test('an editable repository is refused with the line that works', async () => {
  const line = 'git+https://index.invalid/x.git';
  await expect(readRequirementInputs({ workingDir: temporaryDir(), editables: [line] })).rejects.toMatchObject({
    code: 'WHEELWRIGHT_BAD_INPUT',
    hint: 'Clone the repository and write -e with its directory, or leave -e out.',
  });
});

test.each(['./missing', 'missing.whl'])('%s, which does not exist, is bad input', async (requirement) => {
  await expect(readRequirementInputs({ workingDir: temporaryDir(), requirements: [requirement] })).rejects.toThrow(
    expect.objectContaining({ code: 'WHEELWRIGHT_BAD_INPUT' }),
  );
});

test('a requirements file that is missing is bad input', async () => {
  await expect(readRequirementInputs({ workingDir: temporaryDir(), requirementFiles: ['none.txt'] })).rejects.toThrow(
    expect.objectContaining({ code: 'WHEELWRIGHT_BAD_INPUT' }),
  );
});

test('a name with a URL is not a path, and keeps its name and marker', async () => {
  const workingDir = temporaryDir();
  const wheel = path.join(workingDir, 'a-1-py3-none-any.whl');
  writeFileSync(wheel, '');
  const requirements = [`a[x] @ file://${wheel} ; python_version < "3"`, 'b @ http://h/b-1-py3-none-any.whl'];
  expect((await readRequirementInputs({ workingDir, requirements })).inputs).toMatchObject([
    { kind: 'direct', name: 'a', location: { path: wheel }, extras: ['x'], marker: {} },
    { kind: 'direct', name: 'b', location: { url: 'http://h/b-1-py3-none-any.whl' } },
  ]);
});

test('a text that is not a URL, and a pipe in place of a wheel, are bad input', async () => {
  const workingDir = temporaryDir();
  spawnSync('mkfifo', [path.join(workingDir, 'a-1-py3-none-any.whl')]);
  for (const requirement of ['http://[', 'a @ http://[', 'file://host/a.whl', './a-1-py3-none-any.whl'])
    await expect(readRequirementInputs({ workingDir, requirements: [requirement] })).rejects.toThrow(
      expect.objectContaining({ code: 'WHEELWRIGHT_BAD_INPUT' }),
    );
});

test('editables, hashes, settings and options come with the lines that state them', async () => {
  const workingDir = temporaryDir();
  mkdirSync(path.join(workingDir, 'tree'));
  const lines = [
    '-e ./tree[x] --config-settings "k=v"',
    `six==1.0 --hash=sha256:${'A'.repeat(64)}`,
    '--only-binary :all:',
    'git+https://h/o/r.git@v1#egg=r',
  ];
  writeFileSync(path.join(workingDir, 'r.txt'), lines.join('\n'));
  const { inputs, options } = await readRequirementInputs({
    workingDir,
    editables: ['./tree'],
    requirementFiles: ['r.txt'],
  });
  const tree = { editable: true, location: { kind: 'directory', dir: path.join(workingDir, 'tree') } };
  expect(inputs).toMatchObject([
    { ...tree, extras: [] },
    { ...tree, extras: ['x'], configSettings: ['k=v'] },
    { hashes: [`sha256:${'a'.repeat(64)}`], hasHashOption: true },
    { name: 'r', location: { kind: 'repository', revision: 'v1' }, editable: false },
  ]);
  expect(options).toMatchObject([{ name: '--only-binary', value: ':all:', base: workingDir }]);
});

test('files are read by URL, and what they name stands beside them', async () => {
  const pages: Record<string, string> = {
    'http://h/req/all.txt': '-r more.txt\n-c ../limits.txt\n',
    'http://h/req/more.txt': './a-1-py3-none-any.whl\n',
    'http://h/limits.txt': 'six<2\n',
  };
  const { inputs, constraints } = await readRequirementInputs({
    workingDir: temporaryDir(),
    requirementFiles: ['http://h/req/all.txt'],
    fetchText: async (url) => Buffer.from(pages[url]!),
  });
  expect(inputs).toMatchObject([{ location: { url: 'http://h/req/a-1-py3-none-any.whl' } }]);
  expect(constraints).toMatchObject([{ requirement: { name: 'six' } }]);
});

test('a constraint may name a URL and must not name extras', async () => {
  const workingDir = temporaryDir();
  writeFileSync(path.join(workingDir, 'c.txt'), 'b @ http://h/b-1-py3-none-any.whl\n');
  const { constraints } = await readRequirementInputs({ workingDir, constraintFiles: ['c.txt'] });
  expect(constraints).toMatchObject([{ direct: { name: 'b', location: { format: 'wheel' } } }]);
  writeFileSync(path.join(workingDir, 'c.txt'), 'six[x]<2\n');
  await expect(readRequirementInputs({ workingDir, constraintFiles: ['c.txt'] })).rejects.toThrow(
    'not a valid constraint',
  );
});

test('a hash in the URL and another beside it cannot both hold', async () => {
  const workingDir = temporaryDir();
  const line = `http://h/b-1-py3-none-any.whl#sha256=${'0'.repeat(64)} --hash=sha256:${'1'.repeat(64)}`;
  writeFileSync(path.join(workingDir, 'r.txt'), line);
  await expect(readRequirementInputs({ workingDir, requirementFiles: ['r.txt'] })).rejects.toThrow(
    'one hash in its URL',
  );
});
