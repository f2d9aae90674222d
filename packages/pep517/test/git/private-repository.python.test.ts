import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { snapshotTree } from '@wheelwright/pep517';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { writeTree } from '@wheelwright/testkit/trees';
import { expect, test } from 'vitest';
import { namesIn } from '../place.ts';

function git(cwd: string, ...words: string[]): string {
  const who = ['-c', 'user.name=x', '-c', 'user.email=x@example.com', '-c', 'init.defaultBranch=main'];
  const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' };
  return execFileSync('git', [...who, '-c', 'protocol.file.allow=always', ...words], { cwd, env, encoding: 'utf8' });
}

const describeState = (cwd: string) => ({
  version: git(cwd, 'describe', '--dirty', '--tags', '--long', '--always'),
  status: git(cwd, 'status', '--porcelain', '--untracked-files=no'),
  diff: git(cwd, 'diff-index', '--name-only', 'HEAD'),
  files: git(cwd, 'ls-files', '-z'),
  log: git(cwd, 'log', '--oneline'),
});

/** A repository with two projects and a tag. */
function monorepo(...initWords: string[]) {
  const dir = temporaryDir();
  const root = writeTree(path.join(dir, 'repository'), {
    'README.md': 'of all\n',
    'tools/shared.py': 'shared = 1\n',
    'projects/one/pyproject.toml': '',
    'projects/one/src/one.py': 'one = 1\n',
    'projects/two/two.py': 'two = 2\n',
    '.gitignore': '*.log\n',
  });
  git(root, 'init', '-q', ...initWords);
  git(root, 'add', '.');
  git(root, 'commit', '-q', '-m', 'first');
  git(root, 'tag', 'v1.2');
  let count = 0;
  return {
    dir,
    root,
    one: path.join(root, 'projects', 'one'),
    async snapshot(tree: string) {
      const target = path.join(dir, `snapshot-${count++}`);
      mkdirSync(target);
      return (await snapshotTree(tree, target)).dir;
    },
  };
}

test('git gives a snapshot the answers of the tree, at the top of the repository and below.', async () => {
  const { root, one, snapshot } = monorepo();
  const [top, below] = [await snapshot(root), await snapshot(one)];
  expect(describeState(top)).toEqual(describeState(root));
  expect(describeState(below)).toEqual(describeState(one));
  expect(describeState(below).version).toMatch(/^v1\.2-0-g[0-9a-f]+\n$/);
  expect(git(below, 'rev-parse', '--show-prefix')).toBe('projects/one/\n');
});

test('files around the tree are linked, and git does not see them', async () => {
  const { root, one, snapshot } = monorepo();
  const below = await snapshot(one);
  expect(readFileSync(path.join(below, '../../README.md'), 'utf8')).toBe('of all\n');
  expect(readFileSync(path.join(below, '../two/two.py'), 'utf8')).toBe('two = 2\n');
  expect(git(below, 'status', '--porcelain')).toBe('');
  writeTree(below, { 'ignored.log': '' });
  expect(git(below, 'status', '--porcelain')).toBe('');
  rmSync(path.join(below, 'ignored.log'));
  expect(namesIn(below)).toEqual(namesIn(one));
  expect(statSync(path.join(root, 'README.md')).isFile()).toBe(true);
});

test('A dirty tree is dirty in the snapshot, and so is one with changes elsewhere in the repository.', async () => {
  const { root, one, snapshot } = monorepo();
  writeFileSync(path.join(one, 'src/one.py'), 'one = 11\n');
  expect(describeState(await snapshot(one))).toEqual(describeState(one));
  expect(describeState(await snapshot(one)).version).toMatch(/-dirty\n$/);
  git(root, 'checkout', '-q', '.');
  expect(describeState(await snapshot(one)).version).not.toMatch(/-dirty/);
  writeFileSync(path.join(root, 'tools/shared.py'), 'shared = 2\n');
  expect(describeState(await snapshot(one)).version).toMatch(/-dirty\n$/);
  git(root, 'checkout', '-q', '.');
  rmSync(path.join(root, 'projects/two'), { recursive: true });
  expect(describeState(await snapshot(one)).version).toMatch(/-dirty\n$/);
});

test('A file that was touched and not changed is not dirty.', async () => {
  const { root, one, snapshot } = monorepo();
  writeFileSync(path.join(root, 'tools/shared.py'), 'shared = 1\n');
  writeFileSync(path.join(one, 'src/one.py'), 'one = 1\n');
  expect(git(await snapshot(one), 'describe', '--dirty', '--tags')).toBe('v1.2\n');
});

test('staged changes stay staged, and git commands of a hook change only the snapshot', async () => {
  const { root, one, snapshot } = monorepo();
  writeTree(one, { 'new.py': 'new = 1\n' });
  git(root, 'add', '.');
  const before = describeState(one);
  const below = await snapshot(one);
  expect(git(below, 'diff', '--cached', '--name-only')).toBe('projects/one/new.py\n');
  git(below, 'commit', '-q', '-m', 'by a hook');
  git(below, 'tag', 'v9');
  git(below, 'gc', '-q');
  expect(describeState(one)).toEqual(before);
  expect(git(root, 'tag')).toBe('v1.2\n');
  expect(git(root, 'fsck')).toBe('');
});

for (const version of ['2', '3', '4']) {
  test(`The index may be of version ${version}.`, async () => {
    const { root, one, snapshot } = monorepo();
    git(root, 'update-index', '--index-version', version);
    if (version === '3') git(root, 'update-index', '--skip-worktree', 'tools/shared.py');
    expect(describeState(await snapshot(one))).toEqual(describeState(one));
    expect(describeState(await snapshot(root))).toEqual(describeState(root));
  });
}

test('The index may be split.', async () => {
  const { root, one, snapshot } = monorepo();
  git(root, 'update-index', '--split-index');
  writeFileSync(path.join(one, 'src/one.py'), 'one = 12\n');
  git(root, 'add', '.');
  expect(describeState(await snapshot(one))).toEqual(describeState(one));
});

test('The work tree may be sparse, its index too.', async () => {
  const { root, one, snapshot } = monorepo();
  git(root, 'sparse-checkout', 'set', '--cone', '--sparse-index', 'projects/one');
  expect(describeState(await snapshot(one))).toEqual(describeState(one));
});

test('The work tree may be an added one, or a submodule.', async () => {
  const { dir, root, snapshot } = monorepo();
  const added = path.join(dir, 'added');
  git(root, 'worktree', 'add', '-q', '-b', 'other', added);
  const one = path.join(added, 'projects/one');
  expect(describeState(await snapshot(one))).toEqual(describeState(one));
  const outer = writeTree(path.join(dir, 'outer'), { 'x.py': '' });
  git(outer, 'init', '-q');
  git(outer, 'submodule', '--quiet', 'add', root, 'inner');
  git(outer, 'add', '.');
  git(outer, 'commit', '-q', '-m', 'outer');
  const inner = path.join(outer, 'inner');
  expect(describeState(await snapshot(inner))).toEqual(describeState(inner));
  expect(describeState(await snapshot(outer))).toEqual(describeState(outer));
});

test('The objects may be called by SHA-256.', async () => {
  const { one, snapshot } = monorepo('--object-format=sha256');
  expect(describeState(await snapshot(one))).toEqual(describeState(one));
});

test('A repository without a commit, or with a damaged index, does not stand in the way.', async () => {
  const { dir, root, one, snapshot } = monorepo();
  writeFileSync(path.join(root, '.git', 'index'), 'DIRC\0\0\0\x02\0\0\0\x09 and no more of it that could be read');
  expect(namesIn(await snapshot(one))).toEqual(namesIn(one));
  const fresh = writeTree(path.join(dir, 'fresh'), { 'x.py': '' });
  git(fresh, 'init', '-q');
  expect(git(await snapshot(fresh), 'status', '--porcelain')).toBe('?? x.py\n');
});

test('A link within the repository leads to the same thing in the snapshot.', async () => {
  const { one, snapshot } = monorepo();
  symlinkSync('../../README.md', path.join(one, 'README.md'));
  expect(readFileSync(path.join(await snapshot(one), 'README.md'), 'utf8')).toBe('of all\n');
});
