import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type SnapshotTreeOptions, snapshotTree } from '@wheelwright/pep517';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { writeTree } from '@wheelwright/testkit/trees';
import { expect, test } from 'vitest';
import { createPathPatterns } from '../../src/project/path-patterns.ts';
import { namesIn } from '../place.ts';

function make(files: Readonly<Record<string, string>>) {
  const dir = temporaryDir();
  const tree = writeTree(path.join(dir, 'tree'), files);
  let count = 0;
  return {
    dir,
    tree,
    async snapshot(options: SnapshotTreeOptions = {}) {
      const target = path.join(dir, `snapshot-${count++}`);
      mkdirSync(target);
      return (await snapshotTree(tree, target, options)).dir;
    },
  };
}

function git(tree: string, ...args: string[]): string {
  const who = ['-c', 'user.name=x', '-c', 'user.email=x@example.com', '-c', 'init.defaultBranch=main'];
  return execFileSync('git', [...who, ...args], { cwd: tree, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
}

const source = { 'pyproject.toml': 'x', 'src/demo/__init__.py': 'y', 'docs/a.md': '' };
const litter = {
  'build/lib/demo.py': '',
  'build/bdist.linux-x86_64/wheel/x': '',
  'demo.egg-info/PKG-INFO': '',
  'src/demo.egg-info/PKG-INFO': '',
  'src/demo/__pycache__/__init__.cpython-311.pyc': '',
  'node_modules/left-pad/index.js': '',
  'env/pyvenv.cfg': '',
  'env/lib/x.py': '',
  '.tox/py/x': '',
  '.mypy_cache/x': '',
  'target/CACHEDIR.TAG': 'Signature: 8a477f597d28d172789f06886806bc55\n',
  'target/debug/x': '',
  'dist/old.whl': '',
};

test('A snapshot has the source, with its modes, times and links, and the name of the tree.', async () => {
  const { tree, snapshot } = make({ ...source, 'tool.sh': '#!/bin/sh\n' });
  chmodSync(path.join(tree, 'tool.sh'), 0o755);
  utimesSync(path.join(tree, 'pyproject.toml'), 1_500_000_000, 1_500_000_000.25);
  symlinkSync('src/demo', path.join(tree, 'relative'));
  symlinkSync(path.join(tree, 'docs'), path.join(tree, 'absolute'));
  symlinkSync('../elsewhere', path.join(tree, 'outside'));
  const dir = await snapshot();
  expect(path.basename(dir)).toBe('tree');
  expect(statSync(path.join(dir, 'tool.sh')).mode & 0o777).toBe(0o755);
  expect(statSync(path.join(dir, 'pyproject.toml')).mtimeMs).toBe(1_500_000_000_250);
  expect(readlinkSync(path.join(dir, 'relative'))).toBe('src/demo');
  expect(readlinkSync(path.join(dir, 'absolute'))).toBe(path.join(dir, 'docs'));
  expect(readlinkSync(path.join(dir, 'outside'))).toBe(path.join(path.dirname(tree), 'elsewhere'));
  expect(namesIn(dir)).toEqual(namesIn(tree));
});

test('leftovers of other tools are left out of the snapshot', async () => {
  const { tree, snapshot } = make({ ...source, ...litter });
  const dir = await snapshot({ leaveOut: [path.join(tree, 'dist')] });
  expect(namesIn(dir)).toEqual(namesIn(make(source).tree));
});

test('A file that git tracks is never left out, whatever it is called.', async () => {
  const { tree, snapshot } = make({ ...source, ...litter });
  git(tree, 'init', '-q');
  git(tree, 'add', '-f', 'build/lib/demo.py', 'env', 'dist', 'node_modules/left-pad/index.js', 'demo.egg-info');
  const dir = await snapshot({ leaveOut: [path.join(tree, 'dist')] });
  const found = namesIn(dir).filter((name) => statSync(path.join(dir, name)).isFile() && !name.startsWith('.git'));
  expect(found).toEqual(
    [
      ...Object.keys(source),
      'build/lib/demo.py',
      'demo.egg-info/PKG-INFO',
      'dist/old.whl',
      'env/lib/x.py',
      'env/pyvenv.cfg',
      'node_modules/left-pad/index.js',
    ].sort(),
  );
});

test('without a repository the surroundings of the tree are linked', async () => {
  const { dir, snapshot } = make({ 'a/b/c/tree/x': '', 'a/b/VERSION': '1.0', 'a/README.md': 'read me' });
  const target = path.join(dir, 'copy');
  mkdirSync(target);
  const copy = await snapshotTree(path.join(dir, 'tree', 'a', 'b', 'c', 'tree'), target);
  expect(readFileSync(path.join(copy.dir, '../../VERSION'), 'utf8')).toBe('1.0');
  expect(readFileSync(path.join(copy.dir, '../../../README.md'), 'utf8')).toBe('read me');
  expect(lstatSync(path.join(copy.dir, '../../VERSION')).isSymbolicLink()).toBe(true);
  await expect(snapshot()).resolves.toBeTypeOf('string');
});

test('a pattern with a slash keeps files below an omitted directory, and nothing else of it', async () => {
  const dir = temporaryDir();
  const tree = writeTree(path.join(dir, 'tree'), {
    'data/big.bin': '',
    'data/kept/small.txt': '',
    'data/kept/other.bin': '',
    'data/none/x.bin': '',
    'node_modules/one/index.js': '',
    'node_modules/one/package.json': '',
    'node_modules/two/package.json': '',
    '.venv/pyvenv.cfg': '',
    '.venv/lib/a.txt': '',
    'pyproject.toml': '',
  });
  const patterns = createPathPatterns(['/data/'], ['/data/kept/*.txt', 'node_modules/*/index.js', 'lib/', '*.cfg']);
  const { dir: copy } = await snapshotTree(tree, path.join(dir, 'copy'), { patterns });
  expect(namesIn(copy)).toEqual([
    'data',
    'data/kept',
    'data/kept/small.txt',
    'node_modules',
    'node_modules/one',
    'node_modules/one/index.js',
    'pyproject.toml',
  ]);
});

test('excluded files are left out, included and tracked files are kept', async () => {
  const { tree, dir } = make({ ...source, ...litter, 'data/big.bin': '', 'data/small.txt': '', 'notes.log': '' });
  const copy = async (to: string) => {
    mkdirSync(path.join(dir, to));
    const patterns = createPathPatterns(['/data/*', '*.log', '!data/small.txt'], ['.tox/']);
    return namesIn((await snapshotTree(tree, path.join(dir, to), { patterns })).dir);
  };
  const names = await copy('one');
  expect(names).toEqual(expect.arrayContaining(['data/small.txt', '.tox/py/x', 'pyproject.toml']));
  expect(names.filter((name) => ['data/big.bin', 'notes.log'].includes(name))).toEqual([]);
  git(tree, 'init', '-q');
  git(tree, 'add', '-f', 'data/big.bin');
  expect(await copy('two')).toContain('data/big.bin');
});

test('A directory called build that is not of setuptools is source, and so is the egg-info of an unpacked sdist.', async () => {
  const { snapshot } = make({ 'build/__init__.py': '', 'PKG-INFO': '', 'demo.egg-info/PKG-INFO': '' });
  expect(namesIn(await snapshot())).toContain('build/__init__.py');
  expect(namesIn(await snapshot())).toContain('demo.egg-info/PKG-INFO');
});

test('The copy is private: what is written into one is not seen in the other.', async () => {
  const { tree, snapshot } = make(source);
  chmodSync(path.join(tree, 'docs'), 0o555);
  const dir = await snapshot();
  appendFileSync(path.join(dir, 'pyproject.toml'), 'more');
  writeFileSync(path.join(dir, 'docs', 'new'), '');
  expect(readFileSync(path.join(tree, 'pyproject.toml'), 'utf8')).toBe('x');
  chmodSync(path.join(tree, 'docs'), 0o755);
  expect(namesIn(path.join(tree, 'docs'))).toEqual(['a.md']);
});

test('A tree that changes meanwhile is copied again.', async () => {
  const { tree, snapshot } = make({ ...source, ...manyFiles(600) });
  const changes: string[] = [];
  const dir = await changingOnce(
    () => snapshot({ onChanged: (changed) => changes.push(path.relative(tree, changed)) }),
    () => writeFileSync(path.join(tree, 'src/demo/__init__.py'), 'changed meanwhile'),
  );
  expect(readFileSync(path.join(dir, 'src/demo/__init__.py'), 'utf8')).toBe('changed meanwhile');
  expect(changes).toEqual(['src/demo/__init__.py']);
});

test('A tree that never comes to rest is given up after five copies, with the path that changed.', async () => {
  const { tree, snapshot } = make(source);
  let attempts = 0;
  let writes = 0;
  // Each listing asks this before it looks at the file, so that no two listings agree.
  const excludes = (name: string) => {
    if (name === 'docs/a.md') writeFileSync(path.join(tree, name), `${writes++}`);
    return false;
  };
  const patterns = { excludes, includes: () => false, reachesInto: () => false };
  const given = await snapshot({ patterns, patienceMs: 0, onChanged: () => (attempts += 1) }).catch(
    (error: unknown) => error,
  );
  expect(given).toMatchObject({ code: 'PEP517_TREE_CHANGED', data: { changed: path.join(tree, 'docs/a.md') } });
  expect(attempts).toBe(4);
});

test('Artifacts that others publish into the tree meanwhile are no change.', async () => {
  const { tree, snapshot } = make({ ...source, ...manyFiles(600) });
  const changes: string[] = [];
  await changingOnce(
    () => snapshot({ onChanged: (changed) => changes.push(changed) }),
    () => writeTree(tree, { 'out/demo-1.0-py3-none-any.whl': '' }),
  );
  expect(changes).toEqual([]);
});

test('A snapshot that is aborted stops.', async () => {
  const { snapshot } = make(source);
  await expect(snapshot({ signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
});

test('Sockets and pipes are passed over.', async () => {
  const { tree, snapshot } = make(source);
  execFileSync('mkfifo', [path.join(tree, 'pipe')]);
  expect(lstatSync(path.join(tree, 'pipe')).isFIFO()).toBe(true);
  expect(namesIn(await snapshot())).not.toContain('pipe');
});

function manyFiles(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`data/${index}`, '']));
}

/** Runs `change` once, at the first turn that the copy gives to others. */
async function changingOnce<T>(run: () => Promise<T>, change: () => void): Promise<T> {
  // A tree that is as old as the last tick of the clock is waited for before it is scanned; this one is older.
  await setTimeout(50);
  const running = run();
  setImmediate(change);
  return await running;
}
