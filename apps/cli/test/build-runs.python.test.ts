// `ww build` over many trees and over time: what is given back, what builds first, what stops, what git sees.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { writeBackendTree, writeTree } from '@wheelwright/testkit/trees';
import { expect, test } from 'vitest';
import { commandIn } from './run-ww.ts';

function make() {
  const dir = temporaryDir();
  return { dir, ...commandIn(dir) };
}

test('a cached build is given back without its backend; --explain says what changed, --rebuild and --no-build-cache build again', async () => {
  const { dir, ww } = make();
  const marksDir = path.join(dir, 'marks');
  writeTree(marksDir, { hooks: '' });
  const tree = writeBackendTree(path.join(dir, 'tree'), { marksDir });
  const builds = () => readFileSync(path.join(marksDir, 'hooks'), 'utf8').match(/^build_wheel$/gm)?.length ?? 0;
  const build = (...options: string[]) => ww('build', '-w', ...options, 'tree');
  // The marks lie outside of the tree, so that each build changes what it reads; they are only written to.
  expect(await build()).toMatchObject({ code: 0, stderr: expect.stringContaining('Building wheel') });
  expect(builds()).toBe(1);
  expect(await build()).toMatchObject({ code: 0, stderr: expect.stringContaining('Unchanged since an earlier build') });
  expect(builds()).toBe(1);
  writeTree(tree, { 'src/demo/more.py': '' });
  expect((await build('--explain')).stderr).toContain('src/demo/more.py is new');
  expect(builds()).toBe(2);
  await build('--rebuild');
  await build('--no-build-cache');
  expect(builds()).toBe(4);
});

test('A new out directory is left out of git, unless that is not wanted.', async () => {
  const { dir, ww } = make();
  writeBackendTree(path.join(dir, 'tree'));
  await ww('build', '-w', 'tree');
  expect(readFileSync(path.join(dir, 'tree', 'dist', '.gitignore'), 'utf8')).toBe('*\n');
  await ww('build', '-w', '--no-gitignore', '-o', 'out', 'tree');
  expect(readdirSync(path.join(dir, 'out'))).toEqual(['demo-1.0-py3-none-any.whl']);
});

test('An editable wheel and the metadata come from the command.', async () => {
  const { dir, ww } = make();
  writeBackendTree(path.join(dir, 'tree'), { requiresDist: ['x>1'] });
  expect(await ww('build', '--editable', '-o', 'out', 'tree')).toMatchObject({ code: 0 });
  const told = await ww('build', '--metadata', 'tree');
  expect(JSON.parse(told.stdout)).toMatchObject({ name: 'demo', version: '1.0', requires_dist: ['x>1'] });
  expect(existsSync(path.join(dir, 'tree', 'dist'))).toBe(false);
});

/** A tree whose backend is `<name>.py`, which needs what `requires` names. */
function writeTool(dir: string, name: string, requires: readonly string[], body: string): void {
  writeBackendTree(dir, { name });
  writeTree(dir, {
    'pyproject.toml': `[build-system]
requires = ${JSON.stringify(requires)}
build-backend = "own"
backend-path = ["."]
[project]
name = "${name}"
version = "1.0"
`,
    'own.py': `import backend\n${body}`,
  });
}

const wheelOf = (text: string) =>
  `def build_wheel(d, *_):\n    return backend.write_wheel("build_wheel", d, ${text})\n`;

test('With --from-tree what a build requires is built from its tree first, and again when that changes.', async () => {
  const { dir, ww } = make();
  const helper = path.join(dir, 'helper');
  writeTool(helper, 'helper', [], wheelOf('{"helper.py": open("value.py", "rb").read()}'));
  writeTree(helper, { 'value.py': 'value = b"one"\n' });
  const imports = `import helper\n${wheelOf('{"app.txt": helper.value}')}`;
  writeTool(path.join(dir, 'app'), 'app', ['helper'], imports);
  expect(await ww('build', '-w', '-o', 'out', 'app', 'helper')).toMatchObject({ code: 4 });
  const contents = () => readFileSync(path.join(dir, 'out', 'app-1.0-py3-none-any.whl'), 'latin1');
  const build = () => ww('build', '-w', '--from-tree', '-o', 'out', 'app', 'helper');
  const begun = await build();
  expect(begun).toMatchObject({ code: 0 });
  expect(readdirSync(path.join(dir, 'out')).filter((name) => name.endsWith('.whl'))).toHaveLength(2);
  const first = contents();
  expect(begun.stderr).toContain('app waits for helper');
  // The run needs the helper twice and reports it once.
  expect(begun.stderr.match(/Unchanged since an earlier build/g)).toHaveLength(1);
  expect(await build()).toMatchObject({ code: 0, stderr: expect.stringContaining('2 of them unchanged') });
  expect(contents()).toBe(first);
  writeTree(helper, { 'value.py': 'value = b"another"\n' });
  expect(await build()).toMatchObject({ code: 0 });
  expect(contents()).not.toBe(first);
});

test('a tree whose requirement fails to build waits for it no longer', async () => {
  const { dir, ww } = make();
  writeTool(
    path.join(dir, 'helper'),
    'helper',
    [],
    'def build_wheel(*arguments):\n    raise RuntimeError("no luck")\n',
  );
  writeTool(path.join(dir, 'app'), 'app', ['helper'], wheelOf('{}'));
  const ended = await ww('build', '-w', '--from-tree', '--json', '-o', 'out', 'app', 'helper');
  expect(ended.code).toBe(5);
  const events = ended.stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  expect(events.filter(({ event }) => event === 'build-waits').map((event) => event.for)).toEqual([['helper'], []]);
  const sources = (name: string) => events.filter(({ event }) => event === name).map(({ source }) => source);
  // The run builds the helper for app and for itself, and both fail.
  expect(new Set(sources('building'))).toEqual(new Set([path.join(dir, 'helper')]));
  expect(sources('build-stopped')).toEqual(sources('building'));
});

test('Trees that require each other are refused.', async () => {
  const { dir, ww } = make();
  writeTool(path.join(dir, 'a'), 'aa', ['bb'], wheelOf('{}'));
  writeTool(path.join(dir, 'b'), 'bb', ['aa'], wheelOf('{}'));
  const ended = await ww('build', '-w', '--from-tree', 'a', 'b');
  expect(ended).toMatchObject({
    code: 3,
    stderr: expect.stringMatching(/require each other: (aa → bb → aa|bb → aa → bb)/),
  });
});

test('The first failure stops the others where that is asked for.', async () => {
  const { dir, ww } = make();
  writeBackendTree(path.join(dir, 'fails'), { name: 'fails', behaviour: { build_wheel: 'raise' } });
  writeBackendTree(path.join(dir, 'hangs'), { name: 'hangs', behaviour: { build_wheel: 'hang' } });
  const ended = await ww('build', '-w', '--fail-fast', '-j2', '-o', 'out', 'hangs', 'fails');
  expect(ended).toMatchObject({ code: 5, stderr: expect.stringContaining('1 of 2 builds failed, 1 stopped') });
  expect(ended.stderr).toContain('no luck in');
});
