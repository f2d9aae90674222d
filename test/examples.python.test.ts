// The programs of examples/ run as their READMEs say, each in a copy of its directory, with an index on loopback or with
// wheels made here.
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { startPinnedIndex } from '@wheelwright/testkit/pinned-index';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { writeWheel } from '@wheelwright/testkit/wheels';
import { expect, onTestFinished, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const examplesDir = path.join(root, 'examples');
const tsx = path.join(root, 'node_modules', 'tsx', 'dist', 'cli.mjs');

test('embed-lock: eight processes at once count to eight', async () => {
  const { dir, main } = place('embed-lock');
  const ended = await Promise.all(Array.from({ length: 8 }, () => main('counter.txt')));
  expect(ended.map(({ status }) => status)).toEqual(Array(8).fill(0));
  expect(readFileSync(path.join(dir, 'counter.txt'), 'utf8')).toBe('8\n');
});

test('embed-atomic-write: three pages are of one version', async () => {
  const { dir, main } = place('embed-atomic-write');
  for (const version of ['1', '2']) expect((await main('site', version)).stderr).toBe('');
  const pages = ['about.html', 'feed.xml', 'index.html'];
  expect(readdirSync(path.join(dir, 'site')).filter((name) => !name.startsWith('.'))).toEqual(pages);
  for (const page of pages) expect(readFileSync(path.join(dir, 'site', page), 'utf8')).toBe(`${page} of 2\n`);
});

test('embed-build: builds the wheel of examples/orrery and leaves the tree clean', async () => {
  const index = await startPinnedIndex('setuptools');
  onTestFinished(() => index.close());
  const { dir, main } = place('embed-build', { PIP_INDEX_URL: index.indexUrl });
  cpSync(path.join(examplesDir, 'orrery'), path.join(dir, 'tree'), { recursive: true });
  const { stdout, stderr } = await main('tree', 'cache');
  expect(stderr).toBe('');
  expect(stdout).toContain('orrery-1.4.0-py3-none-any.whl (orrery 1.4.0,');
  expect(existsSync(path.join(dir, 'dist', 'orrery-1.4.0-py3-none-any.whl'))).toBe(true);
  expect(readdirSync(path.join(dir, 'tree')).sort()).toEqual(readdirSync(path.join(examplesDir, 'orrery')).sort());
});

test('embed-install: lists what it installed, and refuses what cannot be imported', async () => {
  const { dir, main } = place('embed-install', { PIP_NO_INDEX: '1' });
  const good = writeWheel(dir, { name: 'good', requiresDist: [] });
  const broken = writeWheel(dir, { name: 'broken', files: { 'broken.py': 'import absent_module\n' } });
  expect(await main('env', good)).toMatchObject({ status: 0, stdout: 'good 1.0\n' });
  expect((await main('env', broken)).status).toBe(10);
  expect(await main('env', good)).toMatchObject({ status: 0, stdout: 'good 1.0\n' });
});

test('turbo-python-monorepo: builds and tests in parallel, from the cache the second time, again after a change of a source', async () => {
  const index = await startPinnedIndex('setuptools');
  onTestFinished(() => index.close());
  const { dir, env } = placeMonorepo({ PIP_INDEX_URL: index.indexUrl });
  const turbo = async () => {
    const words = ['run', 'build', 'test', '--ui=stream', '--no-daemon'];
    return await ended(spawn(path.join(root, 'node_modules', '.bin', 'turbo'), words, { cwd: dir, env }));
  };
  const first = await turbo();
  expect(first.status, first.stdout + first.stderr).toBe(0);
  for (const name of ['geometry', 'shapes', 'report']) {
    const names = readdirSync(path.join(dir, 'packages', name, 'dist'));
    expect(names.filter((each) => each.endsWith('.whl'))).toHaveLength(1);
  }
  const second = await turbo();
  expect(second.status).toBe(0);
  // All but `sync`, whose result is an environment.
  expect(second.stdout).toMatch(/Cached:\s+4 cached, 5 total/);
  const source = path.join(dir, 'packages', 'report', 'src', 'turbo_report', '__init__.py');
  writeFileSync(source, readFileSync(source, 'utf8').replace('lies', 'is'));
  const third = await turbo();
  expect(third.status).not.toBe(0);
  expect(third.stdout).toContain('(3.0, 4.0) is 5.0 from the origin');
});

test('serverless-bundle: bundles the wheel of the other platform', async () => {
  const { dir, run } = place('serverless-bundle', { PIP_NO_INDEX: '1', PIP_FIND_LINKS: 'wheels' });
  mkdirSync(path.join(dir, 'wheels'));
  const files = { 'markupsafe/__init__.py': 'escape = str\n' };
  const [pin = ''] = readFileSync(path.join(dir, 'requirements.txt'), 'utf8').split('\n');
  const [name = '', version = ''] = pin.split('==');
  for (const platform of ['x86_64', 'aarch64'])
    writeWheel(path.join(dir, 'wheels'), { name, version, tag: `cp312-cp312-manylinux_2_28_${platform}`, files });
  const { status, stderr } = await run('./bundle.sh');
  expect(status, stderr).toBe(0);
  const distInfo = path.join(dir, 'bundle', `${name}-${version}.dist-info`);
  expect(readFileSync(path.join(distInfo, 'WHEEL'), 'utf8')).toContain('manylinux_2_28_aarch64');
  expect(existsSync(path.join(dir, 'bundle', 'handler.py'))).toBe(true);
  expect(existsSync(path.join(dir, 'function.zip'))).toBe(true);
});

test('service-upgrade: the running service keeps its release, the restarted one has the new one', async () => {
  const { dir, main } = place('service-upgrade', { PIP_NO_INDEX: '1' });
  const [before = '', after = ''] = ['1.0', '2.0'].map((version) =>
    writeWheel(dir, {
      name: 'greeting',
      version,
      files: Object.fromEntries(
        ['__init__', 'first', 'second', 'third'].map((name) => [`greeting/${name}.py`, `VERSION = "${version}"\n`]),
      ),
    }),
  );
  const { stdout, stderr } = await main('env', before, after);
  expect(stderr).toBe('');
  const readme = readFileSync(path.join(examplesDir, 'service-upgrade', 'README.md'), 'utf8');
  expect(stdout).toBe(/^```\n(running service[\s\S]*?)^```/m.exec(readme)?.[1]);
});

test('README.md: its library example and its command lines do what they say', async () => {
  const { dir, run } = place('embed-lock', { PIP_NO_INDEX: '1', PIP_FIND_LINKS: '.' });
  for (const version of ['2.0', '3.1']) writeWheel(dir, { name: 'flask', version });
  const readme = readFileSync(path.join(root, 'README.md'), 'utf8');
  const program = path.join(root, '.cache', `readme-${process.pid}.ts`);
  onTestFinished(() => rmSync(program, { force: true }));
  mkdirSync(path.dirname(program), { recursive: true });
  writeFileSync(program, /^```ts\n([\s\S]*?)^```/m.exec(readme)?.[1] ?? '');
  const example = await run(process.execPath, tsx, program);
  expect(example, example.stderr).toMatchObject({ status: 0, stderr: '' });
  expect((await run('ww', 'freeze')).stdout).toBe('flask==3.1\n');

  const lines = [...readme.matchAll(/^npx (?:ww|wheelwright) ([^#\n]*)/gm)].map((match) => match[1] as string);
  expect(lines).toHaveLength(8);
  for (const line of lines.filter((text) => !text.startsWith('build'))) {
    rmSync(path.join(dir, line.startsWith('venv') ? '.venv' : 'none'), { recursive: true, force: true });
    const { status, stderr } = await run('sh', '-c', `ww ${line}`);
    expect(status, `ww ${line}\n${stderr}`).toBe(0);
  }
  expect((await run('ww', 'freeze')).stdout).toBe('flask==3.1\n');
});

/** A copy of an example, with an empty home, a store of its own and `ww` on the path. */
function place(name: string, variables: Readonly<Record<string, string>> = {}) {
  const dir = path.join(temporaryDir(), name);
  cpSync(path.join(examplesDir, name), dir, { recursive: true });
  const binDir = path.join(dir, 'bin-of-test');
  mkdirSync(binDir);
  writeFileSync(
    path.join(binDir, 'ww'),
    `#!/bin/sh\nexec '${process.execPath}' '${path.join(root, 'apps', 'cli', 'bin', 'ww.js')}' "$@"\n`,
  );
  chmodSync(path.join(binDir, 'ww'), 0o755);
  const { PYTHONDONTWRITEBYTECODE: _, VIRTUAL_ENV: __, PIP_FIND_LINKS: ___, ...inherited } = process.env;
  const env = {
    ...inherited,
    PATH: `${binDir}${path.delimiter}${process.env.PATH}`,
    HOME: dir,
    WHEELWRIGHT_STORE: path.join(dir, 'store'),
    PIP_CONFIG_FILE: '/dev/null',
    TSX_TSCONFIG_PATH: path.join(root, 'tsconfig.json'),
    ...variables,
  };
  const run = (command: string, ...args: readonly string[]) =>
    new Promise<{ status: number | null; stdout: string; stderr: string }>((resolve, reject) => {
      const child = spawn(command, args, { cwd: dir, env, stdio: ['ignore', 'pipe', 'pipe'] });
      const text = { stdout: '', stderr: '' };
      for (const stream of ['stdout', 'stderr'] as const)
        child[stream].setEncoding('utf8').on('data', (chunk: string) => {
          text[stream] += chunk;
        });
      child.once('error', reject).once('close', (status) => resolve({ status, ...text }));
    });
  return { dir, run, main: (...args: readonly string[]) => run(process.execPath, tsx, exampleMain(name), ...args) };
}

/** The program in its own place: there its imports are those of this checkout. */
function exampleMain(name: string): string {
  return path.join(examplesDir, name, 'main.ts');
}

/** A copy of the monorepo in a git repository of its own, with `ww` on its search path and nothing to install. */
function placeMonorepo(variables: Readonly<Record<string, string>>) {
  const dir = path.join(temporaryDir(), 'monorepo');
  cpSync(path.join(examplesDir, 'turbo-python-monorepo'), dir, { recursive: true });
  const binDir = path.join(dir, '..', 'bin');
  mkdirSync(binDir);
  const command = path.join(root, 'apps', 'cli', 'bin', 'ww.js');
  writeFileSync(path.join(binDir, 'ww'), `#!/bin/sh\nexec "${process.execPath}" "${command}" "$@"\n`);
  chmodSync(path.join(binDir, 'ww'), 0o755);
  const { NODE_OPTIONS: _, ...inherited } = process.env;
  const env = {
    ...inherited,
    ...variables,
    PATH: `${binDir}${path.delimiter}${process.env.PATH}`,
    WHEELWRIGHT_STORE: path.join(dir, '..', 'store'),
    TURBO_TELEMETRY_DISABLED: '1',
    PIP_CONFIG_FILE: '/dev/null',
  };
  execFileSync('git', ['init', '-q'], { cwd: dir });
  execFileSync('git', ['add', '.'], { cwd: dir });
  return { dir, env };
}

function ended(child: ReturnType<typeof spawn>): Promise<{ status: number | null; stdout: string; stderr: string }> {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (text) => {
    stdout += text;
  });
  child.stderr?.on('data', (text) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, stdout, stderr }));
  });
}
