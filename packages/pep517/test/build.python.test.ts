import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describeWheel } from '@wheelwright/archives';
import { type BuildEvent, build, readMetadata } from '@wheelwright/pep517';
import { writeTree } from '@wheelwright/testkit/trees';
import { expect, test } from 'vitest';
import { namesIn, place } from './place.ts';

test('A wheel is built, checked and published, and the tree stays as it was.', async () => {
  const { tree, outDir, buildsDir, request, mark, provisioner } = place();
  const before = namesIn(tree);
  const result = await build(request);
  expect(result).toMatchObject({ name: 'demo', version: '1.0', filename: 'demo-1.0-py3-none-any.whl' });
  expect(result.path).toBe(path.join(outDir, result.filename));
  expect((await describeWheel(result.path)).files.map((file) => file.path)).toContain('demo/module_2.py');
  expect(readdirSync(outDir)).toEqual([result.filename]);
  expect(readdirSync(buildsDir)).toEqual([]);
  expect(namesIn(tree)).toEqual(before);
  expect(mark('hooks')).toBe('get_requires_for_build_wheel\nbuild_wheel\n');
  expect(provisioner.released).toBe(2 - 1);
});

test('An sdist is built and checked.', async () => {
  const { outDir, request } = place();
  expect(await build({ ...request, kind: 'sdist' })).toMatchObject({ filename: 'demo-1.0.tar.gz', version: '1.0' });
  expect(readdirSync(outDir)).toEqual(['demo-1.0.tar.gz']);
});

test('An editable wheel names the tree of the user, so it is built in place.', async () => {
  const { tree, request, dir } = place();
  const { path: wheelPath } = await build({ ...request, kind: 'editable' });
  const { files } = await describeWheel(wheelPath);
  expect(files.map((file) => file.path)).toContain('__editable__.demo.pth');
  const { directorySink, unpackWheel } = await import('@wheelwright/archives');
  mkdirSync(path.join(dir, 'unpacked'));
  await unpackWheel(wheelPath, directorySink(path.join(dir, 'unpacked')));
  expect(readFileSync(path.join(dir, 'unpacked', '__editable__.demo.pth'), 'utf8')).toBe(`${tree}/src\n`);
});

test('the output of a hook goes to the log and the events, with the paths of the user', async () => {
  const events: BuildEvent[] = [];
  const { tree, request } = place({ behaviour: { build_wheel: 'print' }, atImport: 'print' });
  const { log } = await build({ ...request, onEvent: (event) => events.push(event) });
  expect(log.split('\n')).toEqual([
    'importing the backend',
    `to standard output from ${tree}`,
    'to standard error',
    'café, raw',
    'from a child',
    '',
  ]);
  expect(events.filter((event) => event.type === 'log').map((event) => event.line)).toEqual(
    log.split('\n').slice(0, -1),
  );
  expect(events.map((event) => event.type)).toEqual(expect.arrayContaining(['requires', 'hook', 'published']));
});

test('a hook that writes into the tree writes into the snapshot', async () => {
  const { tree, request } = place({ behaviour: { build_wheel: 'write-into-tree' } });
  const before = namesIn(tree);
  await build(request);
  expect(namesIn(tree)).toEqual(before);
});

test('In place a hook writes into the tree itself.', async () => {
  const { tree, request } = place({ behaviour: { build_wheel: 'write-into-tree' } });
  await build({ ...request, strategy: 'in-place' });
  expect(namesIn(tree)).toContain('written-by-the-backend');
});

test('In place a backend of the tree leaves no byte-code in it, and its neighbours shadow nothing.', async () => {
  const { tree, request } = place({ files: { 'selectors.py': 'raise RuntimeError("shadowed")\n' } });
  const before = namesIn(tree);
  await build({ ...request, strategy: 'in-place' });
  expect(namesIn(tree)).toEqual(before);
});

test('Configuration settings reach the hooks as they are.', async () => {
  const { request, mark } = place();
  await build({ ...request, configSettings: { '--flag': '', list: ['a', 'b'] } });
  expect(JSON.parse(mark('settings'))).toEqual({ '--flag': '', list: ['a', 'b'] });
});

test('the requirements of get_requires are provided once, before the hook that builds', async () => {
  const { request, provisioner } = place({ requires: ['wheel', 'cython>=3'] });
  await build(request);
  expect(provisioner.asked).toEqual([[], ['wheel', 'cython>=3']]);
  expect(provisioner.released).toBe(2);
});

test('A backend without get_requires and prepare_metadata builds all the same.', async () => {
  const missing = ['get_requires_for_build_wheel', 'prepare_metadata_for_build_wheel'];
  const { request } = place({ missing });
  expect(await build(request)).toMatchObject({ version: '1.0' });
});

test('Hooks see neither the credentials of indexes nor the Python settings of the caller.', async () => {
  const { request, mark } = place();
  const index = { PIP_INDEX_URL: 'https://me:secret@index.example/simple', UV_INDEX_PASSWORD: 'secret' };
  const python = { PYTHONPATH: '/elsewhere', VIRTUAL_ENV: '/elsewhere', PYTHONHOME: undefined };
  await build({ ...request, environment: { ...process.env, ...index, ...python, KEPT: 'yes' } });
  const seen = JSON.parse(mark('environment')) as Record<string, string>;
  expect(JSON.stringify(seen)).not.toContain('secret');
  expect(seen).toMatchObject({ PIP_INDEX_URL: 'https://index.example/simple', KEPT: 'yes' });
  expect(seen.PYTHONPATH).toBeUndefined();
  expect(seen.VIRTUAL_ENV).toBeUndefined();
});

test('The out directory may lie in the tree, deep and absent, and is never part of a snapshot.', async () => {
  const { tree, request, mark } = place();
  writeTree(tree, { 'dist/old-1.0-py3-none-any.whl': 'old' });
  await build({ ...request, outDir: path.join(tree, 'dist') });
  const { path: second } = await build({ ...request, outDir: path.join(tree, 'dist', 'a', 'b') });
  expect(existsSync(second)).toBe(true);
  expect(namesIn(path.join(tree, 'dist'))).toEqual([
    'a',
    'a/b',
    'a/b/demo-1.0-py3-none-any.whl',
    'demo-1.0-py3-none-any.whl',
    'old-1.0-py3-none-any.whl',
  ]);
  expect(mark('hooks').split('\n')).toHaveLength(5);
});

test('The out directory may be the tree itself.', async () => {
  const { tree, request } = place();
  const { path: wheelPath } = await build({ ...request, outDir: tree });
  expect(wheelPath).toBe(path.join(tree, 'demo-1.0-py3-none-any.whl'));
  expect(await build({ ...request, outDir: tree })).toMatchObject({ path: wheelPath });
});

test('A tree is built by way of a link, and an artifact of the same name is replaced.', async () => {
  const { dir, tree, outDir, request } = place();
  symlinkSync(tree, path.join(dir, 'link'));
  mkdirSync(outDir);
  writeFileSync(path.join(outDir, 'demo-1.0-py3-none-any.whl'), 'old');
  const { path: wheelPath, sha256 } = await build({ ...request, sourceDir: path.join(dir, 'link') });
  expect(await build(request)).toMatchObject({ path: wheelPath, sha256 });
});

test('Metadata that a tree states is read without its backend; what it leaves open comes from the backend.', async () => {
  const open = place();
  expect(await readMetadata({ ...open.request, kind: 'wheel' })).toMatchObject({
    from: 'pyproject',
    metadata: { version: '1.0' },
  });
  expect(open.mark('hooks')).toBe('');
  const asked = place({ declared: false });
  expect(await readMetadata({ ...asked.request, kind: 'wheel' })).toMatchObject({
    from: 'backend',
    metadata: { version: '1.0' },
  });
  expect(asked.mark('hooks')).toContain('build_wheel');
});

test('A backend that starts a pool of threads while it is imported can use it in its hooks.', async () => {
  const { tree, request } = place();
  writeTree(tree, {
    'pooled.py': `from concurrent.futures import ThreadPoolExecutor
pool = ThreadPoolExecutor(1)
pool.submit(len, "abc").result()
from backend import *
import backend
def build_wheel(*arguments):
    assert pool.submit(len, "abcd").result() == 4
    return backend.build_wheel(*arguments)
`,
    'pyproject.toml': `[build-system]\nrequires = []\nbuild-backend = "pooled"\nbackend-path = ["."]\n`,
  });
  expect(await build(request)).toMatchObject({ filename: 'demo-1.0-py3-none-any.whl' });
});
