// The commands that read an environment, and the files that download gets: what they say is what pip would say.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { writeBackendTree } from '@wheelwright/testkit/trees';
import { buildWheel, writeWheel } from '@wheelwright/testkit/wheels';
import { expect, test } from 'vitest';
import { commandIn } from './run-ww.ts';

async function environment() {
  const dir = temporaryDir();
  const links = path.join(dir, 'links');
  mkdirSync(links);
  writeWheel(links, {
    name: 'app',
    version: '1.0',
    requiresDist: ['lib>=1', 'Other'],
    metadataLines: ['Summary: An app'],
  });
  writeWheel(links, { name: 'lib', version: '1.5', requiresDist: ['leaf; python_version > "3"'] });
  writeWheel(links, { name: 'lib', version: '2.0rc1' });
  writeWheel(links, { name: 'other', requiresDist: ['leaf<9', 'never; python_version < "3"'] });
  writeWheel(links, { name: 'leaf' });
  const one = commandIn(dir, { PIP_FIND_LINKS: links });
  expect(await one.ww('venv')).toMatchObject({ code: 0 });
  expect(await one.ww('install', 'app')).toMatchObject({ code: 0 });
  return { dir, links, ...one };
}

test('show, tree, check and list tell what is there', async () => {
  const { ww, links } = await environment();
  const shown = await ww('show', 'app', 'Leaf', '--files');
  expect(shown.stdout).toContain('Name: app\nVersion: 1.0\nSummary: An app\n');
  expect(shown.stdout).toContain('Requires: Other, lib\nRequired-by:\n');
  expect(shown.stdout).toContain('---\nName: leaf\n');
  expect(shown.stdout).toContain('Required-by: lib, other\nFiles:\n');
  expect(shown.stdout).toContain('  leaf.py\n');
  expect(await ww('show', 'nothing')).toMatchObject({ code: 4 });

  expect((await ww('tree')).stdout).toBe(
    'app 1.0\n├── lib 1.5 [>=1]\n│   └── leaf 1.0\n└── other 1.0\n    └── leaf 1.0 [<9]\n',
  );
  expect((await ww('tree', '--invert', 'leaf')).stdout).toBe(
    'leaf 1.0\n├── lib 1.5\n│   └── app 1.0 [>=1]\n└── other 1.0 [<9]\n    └── app 1.0\n',
  );
  expect((await ww('tree', '-d', '1')).stdout).toBe('app 1.0\n├── lib 1.5 [>=1]\n└── other 1.0\n');

  expect(await ww('check')).toMatchObject({ code: 0, stdout: 'All requirements are met\n' });
  await ww('uninstall', 'leaf');
  expect(await ww('check')).toMatchObject({
    code: 6,
    stdout: expect.stringContaining('lib 1.5 requires leaf, which is not installed'),
  });
  expect((await ww('tree', 'lib')).stdout).toBe('lib 1.5\n└── leaf (not installed)\n');

  writeWheel(links, { name: 'lib', version: '1.6' });
  expect((await ww('list', '--outdated')).stdout).toBe(
    'Package Version Latest\n------- ------- ------\nlib     1.5     1.6\n',
  );
  expect((await ww('ls', '-o', '--pre', '--format', 'json')).stdout).toBe(
    '[{"name":"lib","version":"1.5","latest_version":"2.0rc1"}]\n',
  );
});

test('freeze and sync recreate the same environment: by index, path, URL and directory', async () => {
  const { dir, ww } = await environment();
  const wheel = writeWheel(dir, { name: 'bypath' });
  const url = pathToFileURL(writeWheel(dir, { name: 'byurl' })).href;
  expect(await ww('install', wheel, `byurl @ ${url}`)).toMatchObject({ code: 0 });
  const frozen = await ww('freeze');
  const hash = (name: string) => buildWheel({ name }).sha256;
  expect(frozen.stdout.split('\n')).toEqual([
    'app==1.0',
    `bypath @ ${pathToFileURL(wheel).href}#sha256=${hash('bypath')}`,
    `byurl @ ${url}#sha256=${hash('byurl')}`,
    'leaf==1.0',
    'lib==1.5',
    'other==1.0',
    '',
  ]);
  writeFileSync(path.join(dir, 'pins.txt'), frozen.stdout);
  await ww('venv', 'other');
  expect(await ww('sync', 'pins.txt', '-p', 'other')).toMatchObject({ code: 0 });
  expect((await ww('freeze', '-p', 'other')).stdout).toBe(frozen.stdout);
  // Another wheel in its place is not taken for the one that was frozen.
  writeFileSync(wheel, buildWheel({ name: 'bypath', files: { 'bypath.py': 'other = 1\n' } }).bytes);
  await ww('venv', 'third');
  expect(await ww('sync', 'pins.txt', '-p', 'third')).toMatchObject({ code: 9 });
});

test('download puts wheels into a directory, and an installation from it needs nothing else', async () => {
  const { dir, ww, links } = await environment();
  const named = writeWheel(dir, { name: 'named' });
  const files = [
    'app-1.0-py3-none-any.whl',
    'leaf-1.0-py3-none-any.whl',
    'lib-1.5-py3-none-any.whl',
    'named-1.0-py3-none-any.whl',
    'other-1.0-py3-none-any.whl',
  ];
  const got = await ww('download', 'app', named, '-d', 'wheels');
  expect(got).toMatchObject({ code: 0, stdout: files.map((file) => `${path.join(dir, 'wheels', file)}\n`).join('') });
  expect(readdirSync(path.join(dir, 'wheels')).sort()).toEqual(files);
  for (const file of files.filter((one) => !one.startsWith('named')))
    expect(readFileSync(path.join(dir, 'wheels', file))).toEqual(readFileSync(path.join(links, file)));
  expect((await ww('download', 'app', '-d', 'wheels')).code).toBe(0);
  await ww('venv', 'other');
  expect(await ww('install', 'app', 'named', '-p', 'other', '--no-index', '-f', 'wheels')).toMatchObject({ code: 0 });
});

test('wheel builds what is offered only as an sdist; download keeps the sdist', async () => {
  const { dir, ww, links } = await environment();
  writeBackendTree(path.join(dir, 'tree'), { name: 'built' });
  expect(await ww('build', '--sdist', 'tree', '-o', links)).toMatchObject({ code: 0 });
  const [sdist] = readdirSync(links).filter((name) => name.endsWith('.tar.gz'));
  // A second time the wheel is the one that was built.
  for (const _ of [1, 2]) expect(await ww('wheel', 'built', '-w', 'wheels')).toMatchObject({ code: 0 });
  expect(readdirSync(path.join(dir, 'wheels'))).toEqual([expect.stringMatching(/^built-.*\.whl$/)]);
  expect(await ww('download', 'built', '-d', 'files')).toMatchObject({ code: 0 });
  expect(readdirSync(path.join(dir, 'files'))).toEqual([sdist]);
});
