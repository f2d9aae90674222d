// `ww lock` writes pylock.toml and `ww sync` installs it: groups, extras, targets, sources; what the lock holds stays.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Pylock, parsePylock } from '@wheelwright/packaging';
import { readTomlFile } from '@wheelwright/pep517';
import { startIndexServer } from '@wheelwright/testkit/index-server';
import { writeSdist } from '@wheelwright/testkit/sdists';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { writeBackendTree, writeTree } from '@wheelwright/testkit/trees';
import { buildWheel, type WheelOptions } from '@wheelwright/testkit/wheels';
import { expect, onTestFinished, test } from 'vitest';
import { commandIn } from './run-ww.ts';

const shelf: readonly WheelOptions[] = [
  { name: 'app', version: '1.0', requiresDist: ['lib'], providesExtra: ['more'] },
  { name: 'lib', version: '1.0' },
  { name: 'lib', version: '2.0' },
  { name: 'extra-only', version: '1.0', requiresDist: ['deep'] },
  { name: 'deep', version: '1.0' },
  { name: 'dev-tool', version: '1.0', requiresDist: ['lib'] },
  { name: 'old', version: '1.0', requiresPython: '<3.12' },
];

async function place(wheels = shelf) {
  const dir = temporaryDir();
  const files = wheels.map((options) => buildWheel(options)).map(({ filename, bytes }) => ({ filename, data: bytes }));
  const server = await startIndexServer({ files });
  onTestFinished(() => server.close());
  const command = commandIn(dir, { PIP_NO_INDEX: '0', WHEELWRIGHT_INDEX_URL: server.indexUrl });
  const lockPath = path.join(dir, 'pylock.toml');
  const read = (): Pylock => parsePylock(readTomlFile(lockPath));
  const names = () => read().packages.map(({ name, version }) => `${name} ${version?.text ?? '-'}`);
  return { dir, server, lockPath, read, names, ...command };
}

const pyproject = `[project]
name = "demo"
version = "1.0"
dependencies = ["app"]
[project.optional-dependencies]
more = ["extra-only"]
all = ["demo[more]"]
[dependency-groups]
dev = ["dev-tool", { include-group = "base" }]
base = ["deep"]
`;

test('a project is locked with its extras and groups, and synced part by part', async () => {
  const { dir, ww, read, names } = await place();
  writeFileSync(path.join(dir, 'pyproject.toml'), pyproject);
  expect(await ww('lock')).toMatchObject({ code: 0, stdout: expect.stringContaining('locked 5 packages') });
  expect(names()).toEqual(['app 1.0', 'deep 1.0', 'dev-tool 1.0', 'extra-only 1.0', 'lib 2.0']);
  expect(read()).toMatchObject({ extras: ['more', 'all'], dependencyGroups: ['dev', 'base'], defaultGroups: [] });
  expect(await ww('sync')).toMatchObject({ code: 0, stdout: '+ app 1.0\n+ lib 2.0\n' });
  expect(await ww('sync', '--extra', 'all')).toMatchObject({ code: 0, stdout: '+ deep 1.0\n+ extra-only 1.0\n' });
  expect(await ww('sync', '--group', 'dev')).toMatchObject({ code: 0, stdout: '+ dev-tool 1.0\n- extra-only 1.0\n' });
  expect(await ww('sync')).toMatchObject({ code: 0, stdout: '- deep 1.0\n- dev-tool 1.0\n' });
  expect(await ww('sync', '--extra', 'none')).toMatchObject({ code: 3 });
});

test('a sync with nothing to do asks no index and touches nothing', async () => {
  const { dir, ww, server } = await place();
  expect(await ww('lock', 'app')).toMatchObject({ code: 0 });
  expect(await ww('sync')).toMatchObject({ code: 0 });
  const before = server.requests.length;
  const current = () => statSync(path.join(dir, '.venv', '.wheelwright'), { bigint: true }).mtimeNs;
  const time = current();
  expect(await ww('sync')).toMatchObject({ code: 0, stdout: expect.stringContaining('nothing to do') });
  expect(server.requests.length).toBe(before);
  expect(current()).toBe(time);
});

test('locked versions stay until an upgrade; --check says whether the lock would change', async () => {
  const { ww, names, lockPath } = await place();
  expect(await ww('lock', 'app', 'lib<2')).toMatchObject({ code: 0 });
  expect(names()).toEqual(['app 1.0', 'lib 1.0']);
  expect(await ww('lock', 'app')).toMatchObject({ code: 0, stdout: expect.stringContaining('nothing to do') });
  expect(await ww('lock', 'app', '-U', 'app')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('nothing to do'),
  });
  expect(await ww('lock', 'app', '--check')).toMatchObject({ code: 0 });
  const before = readFileSync(lockPath, 'utf8');
  expect(await ww('lock', 'app', '--check', '-U')).toMatchObject({ code: 6 });
  expect(readFileSync(lockPath, 'utf8')).toBe(before);
  expect(await ww('lock', 'app', '-U', 'lib')).toMatchObject({ code: 0 });
  expect(names()).toEqual(['app 1.0', 'lib 2.0']);
  expect(await ww('lock', 'nonesuch')).toMatchObject({ code: 4 });
  expect(names()).toEqual(['app 1.0', 'lib 2.0']);
});

test('several targets are one lock; a marker says which needs what', async () => {
  const { dir, ww, read } = await place([
    { name: 'app', requiresDist: ['lib; python_version < "3.12"', 'win; sys_platform == "win32"'] },
    { name: 'lib' },
    { name: 'win' },
  ]);
  const targets = ['-p', '3.10', '-p', '3.13', '--platform', 'manylinux_2_28_x86_64', '--platform', 'win_amd64'];
  expect(await ww('lock', 'app', ...targets)).toMatchObject({ code: 0 });
  const { packages, environments } = read();
  expect(environments).toHaveLength(4);
  expect(packages.map(({ name, marker }) => [name, marker !== undefined])).toEqual([
    ['app', false],
    ['lib', true],
    ['win', true],
  ]);
  const into = (python: string) => [
    '-t',
    path.join(dir, python),
    '--platform',
    'manylinux_2_28_x86_64',
    '--python-version',
    python,
  ];
  expect(await ww('sync', ...into('3.10'))).toMatchObject({ code: 0, stdout: '+ app 1.0\n+ lib 1.0\n' });
  expect(await ww('sync', ...into('3.13'))).toMatchObject({ code: 0, stdout: '+ app 1.0\n' });
  expect(await ww('sync', ...into('3.12'))).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('other environments'),
  });
});

test('sources are locked with hashes and commits, and installed as they are', async () => {
  const { dir, ww, read } = await place([]);
  const links = path.join(dir, 'links');
  mkdirSync(links);
  const tree = writeBackendTree(temporaryDir(), { name: 'packed' });
  const text = (name: string) => readFileSync(path.join(tree, name), 'utf8');
  const inTree = ['pyproject.toml', 'backend.py', 'backend.json', 'src/packed/__init__.py'];
  writeSdist(links, { name: 'packed', files: Object.fromEntries(inTree.map((name) => [name, text(name)])) });
  const repository = writeBackendTree(path.join(dir, 'repository'), { name: 'fetched' });
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.invalid', ...args], {
      cwd: repository,
      encoding: 'utf8',
    });
  git('init', '-q', '-b', 'main');
  git('add', '.');
  git('commit', '-qm', 'one');
  const commit = git('rev-parse', 'HEAD').trim();
  writeBackendTree(path.join(dir, 'edited'), { name: 'edited' });
  const requirements = `packed\nfetched @ git+${pathToFileURL(repository).href}@main\n-e ./edited\n`;
  writeFileSync(path.join(dir, 'r.txt'), requirements);
  const options = ['--no-index', '-f', links];
  expect(await ww('lock', '-r', 'r.txt', ...options)).toMatchObject({ code: 0 });
  expect(read().packages).toMatchObject([
    { name: 'edited', directory: { path: 'edited', editable: true } },
    { name: 'fetched', vcs: { type: 'git', commitId: commit, requestedRevision: 'main' } },
    { name: 'packed', sdist: { path: 'links/packed-1.0.tar.gz', hashes: { sha256: expect.any(String) } } },
  ]);
  git('commit', '-qm', 'two', '--allow-empty');
  expect(await ww('lock', '-r', 'r.txt', ...options)).toMatchObject({
    stdout: expect.stringContaining('nothing to do'),
  });
  expect(await ww('sync')).toMatchObject({ code: 0, stdout: '+ edited 1.0\n+ fetched 1.0\n+ packed 1.0\n' });
  renameSync(repository, `${repository}-gone`);
  expect(await ww('sync')).toMatchObject({ code: 0, stdout: expect.stringContaining('nothing to do') });
  writeFileSync(path.join(links, 'packed-1.0.tar.gz'), 'another');
  expect(await ww('sync', '-t', 'elsewhere')).toMatchObject({ code: 9 });
  expect(existsSync(path.join(dir, 'elsewhere')) ? readdirSync(path.join(dir, 'elsewhere')) : []).toEqual([]);
});

test('two locks at once give one of the two, whole', async () => {
  const { dir, ww, names } = await place();
  writeFileSync(path.join(dir, 'pyproject.toml'), pyproject);
  const ended = await Promise.all([ww('lock', 'app'), ww('lock', 'deep'), ww('lock', 'app'), ww('lock', 'deep')]);
  expect(ended.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
  expect([['app 1.0', 'lib 2.0'], ['deep 1.0']]).toContainEqual(names());
  expect(readdirSync(dir).filter((name) => name.includes('pylock'))).toEqual(['pylock.toml']);
});

test('a lock of another tool is installed as it is', async () => {
  const { dir, ww, server } = await place();
  const { filename, sha256 } = buildWheel(shelf[1]!);
  const url = new URL(server.filePath(filename), server.indexUrl).href;
  const lockOf = (hash: string, version = '1.0') =>
    `lock-version = "${version}"\ncreated-by = "uv"\nrequires-python = ">=3.8"\n\n[[packages]]\nname = "lib"\nversion = "1.0"\n` +
    `wheels = [{ url = "${url}", size = 1, hashes = { sha256 = "${hash}" } }]\n`.replace('size = 1, ', '');
  writeFileSync(path.join(dir, 'pylock.uv.toml'), lockOf(sha256));
  expect(await ww('sync', 'pylock.uv.toml')).toMatchObject({ code: 0, stdout: '+ lib 1.0\n' });
  await ww('uninstall', 'lib');
  await ww('cache', 'clean');
  const bad: readonly (readonly [string, number])[] = [
    [lockOf('0'.repeat(64)), 9],
    [lockOf(sha256, '2.0'), 3],
    [lockOf(sha256).replace('>=3.8', '>=9'), 3],
    ['lock-version = ', 3],
    [lockOf(sha256).replace('name = "lib"', 'name = "other"'), 3],
  ];
  for (const [text, code] of bad) {
    writeFileSync(path.join(dir, 'pylock.uv.toml'), text);
    const ended = await ww('sync', 'pylock.uv.toml');
    expect(ended).toMatchObject({ code, stdout: '' });
    expect(ended.stderr).toMatch(/^ww: \S[^\n]*\.$/m);
  }
  expect(await ww('freeze')).toMatchObject({ stdout: '' });
  expect(await ww('sync', 'pylock.none.toml')).toMatchObject({ code: 3 });
});

test('a directory without a project is refused, and versions are chosen as asked', async () => {
  const { dir, ww, names } = await place();
  expect(await ww('lock')).toMatchObject({ code: 3, stderr: expect.stringContaining('pyproject.toml') });
  writeTree(dir, { 'o.txt': 'lib<2\n' });
  expect(await ww('lock', 'app', '--override', 'o.txt')).toMatchObject({ code: 0 });
  expect(names()).toEqual(['app 1.0', 'lib 1.0']);
  expect(await ww('lock', 'app', '-U', '--resolution', 'lowest')).toMatchObject({ code: 0 });
  expect(names()).toEqual(['app 1.0', 'lib 1.0']);
});
