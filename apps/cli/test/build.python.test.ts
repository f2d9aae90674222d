// `ww build` with real backends, in pinned versions. The first run on a machine fetches them: without an index these tests
// fail, they do not skip.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { compareWheels, describeWheel } from '@wheelwright/archives';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import {
  writeBackendTree,
  writeExtensionTree,
  writeFlitTree,
  writeHatchlingTree,
  writeLegacyTree,
  writeSetuptoolsTree,
  writeTree,
} from '@wheelwright/testkit/trees';
import { expect, test } from 'vitest';
import { pinnedStore } from './pinned-store.ts';
import { commandIn } from './run-ww.ts';

const online = await pinnedStore('setuptools', 'wheel', 'hatchling', 'flit-core');
const ten = Array.from({ length: 10 }, (_, n) => n);

const trees = [
  ['setuptools', writeSetuptoolsTree],
  ['setuptools by setup.py alone', writeLegacyTree],
  ['hatchling', writeHatchlingTree],
  ['flit-core', writeFlitTree],
  ['a C extension by setuptools', writeExtensionTree],
] as const;

test.each(trees)('a tree of %s is built, installed and imported, and stays as it was', async (_name, writeSource) => {
  const dir = temporaryDir();
  const { ww, run } = commandIn(dir, online);
  const tree = writeSource(path.join(dir, 'tree'));
  const before = readdirSync(tree, { recursive: true }).sort();
  const built = await ww('build', '--wheel', '-o', 'out', tree);
  expect(built).toMatchObject({ code: 0, stderr: expect.stringContaining('Building wheel') });
  const wheel = built.stdout.trim();
  expect(existsSync(wheel)).toBe(true);
  expect(readdirSync(tree, { recursive: true }).sort()).toEqual(before);
  await ww('venv');
  expect(await ww('install', wheel)).toMatchObject({ code: 0 });
  expect(await run(path.join(dir, '.venv', 'bin', 'python'), '-c', 'import demo; print(demo.__name__)')).toMatchObject({
    code: 0,
    stdout: 'demo\n',
  });
});

test('without --wheel an sdist is made, and the wheel from it', async () => {
  const dir = temporaryDir();
  const { ww } = commandIn(dir, online);
  writeSetuptoolsTree(path.join(dir, 'tree'));
  expect(await ww('build', 'tree')).toMatchObject({ code: 0 });
  expect(readdirSync(path.join(dir, 'tree', 'dist')).sort()).toEqual([
    '.gitignore',
    'demo-1.0-py3-none-any.whl',
    'demo-1.0.tar.gz',
  ]);
});

test('a directory is installed as the wheel it builds', async () => {
  const dir = temporaryDir();
  const { ww } = commandIn(dir, online);
  writeSetuptoolsTree(path.join(dir, 'tree'));
  await ww('venv');
  expect(await ww('install', './tree')).toMatchObject({ code: 0, stdout: '+ demo 1.0\n' });
});

test('ten builds of one tree at once equal an undisturbed one', async () => {
  const dir = temporaryDir();
  const { ww } = commandIn(dir, online);
  const tree = writeSetuptoolsTree(path.join(dir, 'tree'), { modules: 20 });
  const wheel = (n: number | string) => path.join(dir, `${n}`, 'demo-1.0-py3-none-any.whl');
  expect(await ww('build', '--wheel', '-o', path.join(dir, 'undisturbed'), tree)).toMatchObject({ code: 0 });
  const ended = await Promise.all(ten.map((n) => ww('build', '--wheel', '-o', path.join(dir, `${n}`), tree)));
  expect(ended.map(({ code, stderr }) => (code === 0 ? '' : stderr))).toEqual(ten.map(() => ''));
  for (const n of ten) expect(await compareWheels(wheel('undisturbed'), wheel(n))).toEqual([]);
});

test('ten trees in one command equal ten built one at a time, also where setuptools is not known to run alone', async () => {
  const dir = temporaryDir();
  const { ww } = commandIn(dir, online);
  const names = ten.map((n) => `demo${n}`);
  for (const name of names) {
    const tree = writeSetuptoolsTree(path.join(dir, 'known', name), { name, modules: 5 });
    const text = readFileSync(path.join(tree, 'pyproject.toml'), 'utf8');
    // The mere word makes the runner take care.
    const other = writeSetuptoolsTree(path.join(dir, 'other', name), { name, modules: 5 });
    writeTree(other, { 'pyproject.toml': `${text}\n# no cmdclass\n` });
  }
  const trees = (kind: string) => names.map((name) => path.join(kind, name));
  expect(await ww('build', '--wheel', '-o', 'out-known', ...trees('known'))).toMatchObject({ code: 0 });
  expect(await ww('build', '--wheel', '-o', 'out-other', ...trees('other'))).toMatchObject({ code: 0 });
  for (const name of names) {
    const wheel = (outDir: string) => path.join(dir, outDir, `${name}-1.0-py3-none-any.whl`);
    expect(await ww('build', '--wheel', '-o', 'out-alone', path.join('other', name))).toMatchObject({ code: 0 });
    expect(await compareWheels(wheel('out-alone'), wheel('out-known'))).toEqual([]);
    expect(await compareWheels(wheel('out-alone'), wheel('out-other'))).toEqual([]);
  }
});

test('one tree twice in one command is published once, from snapshots and in place', async () => {
  const dir = temporaryDir();
  const { ww } = commandIn(dir, online);
  const wheel = path.join(writeSetuptoolsTree(path.join(dir, 'tree')), 'dist', 'demo-1.0-py3-none-any.whl');
  for (const strategy of ['snapshot', 'in-place']) {
    const built = await ww('build', '--wheel', '--strategy', strategy, 'tree', 'tree');
    expect(built).toMatchObject({ code: 0, stdout: `${wheel}\n` });
  }
});

test('one of three trees fails and the two others are built; each is reported and logged', async () => {
  const dir = temporaryDir();
  const { ww } = commandIn(dir);
  writeBackendTree(path.join(dir, 'a', 'tree'), { name: 'a', behaviour: { build_wheel: 'print' } });
  writeBackendTree(path.join(dir, 'b', 'tree'), { name: 'b', behaviour: { build_wheel: 'raise' } });
  writeBackendTree(path.join(dir, 'c', 'tree'), { name: 'c' });
  const trees = ['a/tree', 'b/tree', 'c/tree', 'nowhere'];
  const ended = await ww(
    'build',
    '--wheel',
    '-j1',
    '-o',
    'out',
    '--log-dir',
    'logs',
    '--report',
    'report.json',
    ...trees,
  );
  expect(ended).toMatchObject({ code: 5, stderr: expect.stringContaining('2 of 4 builds failed') });
  expect(ended.stderr).toContain(path.join(dir, 'nowhere'));
  expect(readdirSync(path.join(dir, 'out')).sort()).toEqual([
    '.gitignore',
    'a-1.0-py3-none-any.whl',
    'c-1.0-py3-none-any.whl',
  ]);
  const { version, builds } = JSON.parse(readFileSync(path.join(dir, 'report.json'), 'utf8'));
  const outDir = path.join(dir, 'out');
  expect({ version, builds }).toMatchObject({
    version: 1,
    builds: [
      { source: path.join(dir, 'a/tree'), outcome: 'built', log: path.join(dir, 'logs/tree.log') },
      { outcome: 'failed', error: { code: 'PEP517_BACKEND_FAILED', exitCode: 5 } },
      {
        outcome: 'built',
        artifacts: [{ path: path.join(outDir, 'c-1.0-py3-none-any.whl'), name: 'c', version: '1.0' }],
      },
      { outcome: 'failed', error: { code: 'PEP517_NOT_A_PROJECT', exitCode: 3 } },
    ],
  });
  const log = (name: string) => readFileSync(path.join(dir, 'logs', name), 'utf8');
  expect(log('tree.log')).toContain(`to standard output from ${path.join(dir, 'a/tree')}`);
  expect(log('tree-2.log')).toContain('Traceback');
  expect(log('tree-3.log')).toBe('');
});

test('each mistake of a tree has its exit code and leaves nothing', async () => {
  const dir = temporaryDir();
  const { ww } = commandIn(dir);
  writeTree(path.join(dir, 'nothing'), { 'README.md': 'No project.\n' });
  writeTree(path.join(dir, 'broken'), { 'pyproject.toml': '[project]\nname = \n' });
  writeTree(path.join(dir, 'unknown'), {
    'pyproject.toml': '[build-system]\nrequires = []\nbuild-backend = "no_such_backend"\n',
  });
  writeBackendTree(path.join(dir, 'raises'), { behaviour: { build_wheel: 'raise' } });
  writeBackendTree(path.join(dir, 'exits'), { behaviour: { build_wheel: 'exit' } });
  writeBackendTree(path.join(dir, 'hangs'), { behaviour: { build_wheel: 'hang' } });
  const build = (tree: string, ...options: string[]) => ww('build', '--wheel', '-o', 'out', ...options, tree);

  expect(await build('missing')).toMatchObject({ code: 3 });
  expect(await build('nothing')).toMatchObject({
    code: 3,
    stderr: expect.stringMatching(/no Python project|not a Python project|pyproject\.toml/),
  });
  expect(await build('broken')).toMatchObject({ code: 3, stderr: expect.stringMatching(/line 2.*column 8|2:8/) });
  expect(await build('unknown')).toMatchObject({ code: 5, stderr: expect.stringContaining('no_such_backend') });
  expect(await build('raises')).toMatchObject({ code: 5 });
  expect(await build('exits')).toMatchObject({ code: 5 });
  expect(await build('hangs', '--build-timeout', '2')).toMatchObject({ code: 5 });
  expect(existsSync(path.join(dir, 'out')) ? readdirSync(path.join(dir, 'out')) : []).toEqual([]);
  expect(readdirSync(path.join(dir, 'store', 'builds')).filter((name) => !['logs', 'kept'].includes(name))).toEqual([]);
});

test('a tree that requires what no index has ends with 4', async () => {
  const dir = temporaryDir();
  const { ww } = commandIn(dir);
  writeTree(path.join(dir, 'tree'), {
    'pyproject.toml': '[build-system]\nrequires = ["no-such-thing"]\nbuild-backend = "x"\n',
  });
  expect(await ww('build', '--wheel', 'tree')).toMatchObject({
    code: 4,
    stderr: expect.stringContaining('no-such-thing'),
  });
});

test('ten builds of a C extension at once make what a lone one makes, debug information included', async () => {
  const dir = temporaryDir();
  const { ww } = commandIn(dir, online);
  const tree = writeExtensionTree(path.join(dir, 'tree'));
  const build = (out: string) => ww('build', '-w', '--no-build-cache', '-o', path.join(dir, out), tree);
  const object = async (out: string) => {
    const [name] = readdirSync(path.join(dir, out)).filter((each) => each.endsWith('.whl'));
    const { files } = await describeWheel(path.join(dir, out, name!));
    return files.find((file) => file.path.endsWith('.so'))?.sha256;
  };
  expect(await build('alone')).toMatchObject({ code: 0 });
  const ended = await Promise.all(ten.map((n) => build(`${n}`)));
  expect(ended.map(({ code }) => code)).toEqual(ten.map(() => 0));
  const alone = await object('alone');
  expect(alone).toBeTypeOf('string');
  for (const n of ten) expect(await object(`${n}`)).toBe(alone);
});
