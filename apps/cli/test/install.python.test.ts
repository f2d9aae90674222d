import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { startIndexServer } from '@wheelwright/testkit/index-server';
import { malformedWheels } from '@wheelwright/testkit/malformed-wheels';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { buildWheel, type WheelOptions } from '@wheelwright/testkit/wheels';
import { expect, onTestFinished, test } from 'vitest';
import { commandIn } from './run-ww.ts';

function writeWheel(dir: string, options: WheelOptions): string {
  const { filename, bytes } = buildWheel(options);
  mkdirSync(dir, { recursive: true });
  writeFileSync(path.join(dir, filename), bytes);
  return path.join(dir, filename);
}

async function indexOf(...wheels: readonly WheelOptions[]) {
  const built = wheels.map((options) => buildWheel(options));
  const server = await startIndexServer({ files: built.map(({ filename, bytes }) => ({ filename, data: bytes })) });
  onTestFinished(() => server.close());
  return server;
}

/** What a user sees of an environment: every path below bin and lib. */
function view(environmentDir: string): string[] {
  const walk = (dir: string): string[] =>
    readdirSync(dir, { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? walk(path.join(dir, entry.name)) : [path.join(dir, entry.name)],
    );
  return ['bin', 'lib'].flatMap((name) => walk(`${path.join(environmentDir, name)}/`)).sort();
}

test('uninstall removes a distribution that another one requires, and warns', async () => {
  const dir = temporaryDir();
  writeWheel(path.join(dir, 'links'), {
    name: 'app',
    version: '2.0',
    requiresDist: ['lib>=1', 'rest; extra == "more"'],
  });
  writeWheel(path.join(dir, 'links'), { name: 'lib', version: '1.0' });
  writeWheel(path.join(dir, 'links'), { name: 'rest', version: '1.0' });
  const { ww } = commandIn(dir);
  await ww('venv');
  expect(await ww('install', '--no-index', '-f', 'links', 'app', 'rest')).toMatchObject({ code: 0 });
  const optional = await ww('uninstall', 'rest');
  expect(optional).toMatchObject({ code: 0, stdout: '- rest 1.0\n' });
  expect(optional.stderr).not.toContain('requires');
  const needed = await ww('uninstall', 'lib');
  expect(needed).toMatchObject({ code: 0, stdout: '- lib 1.0\n' });
  expect(needed.stderr).toContain('app 2.0 requires lib>=1, and it is not installed');
  expect((await ww('uninstall', 'app')).stderr).not.toContain('requires');
});

test('an environment is made, filled from an index, changed, listed, verified, emptied and rolled back', async () => {
  const dir = temporaryDir();
  const server = await indexOf(
    {
      name: 'app',
      version: '2.0',
      requiresDist: ['lib>=1', 'extra-only; extra == "more"'],
      providesExtra: ['more'],
      entryPoints: { console_scripts: { app: 'app:main' } },
      files: { 'app.py': 'import lib\ndef main():\n    print("app runs", lib.VALUE)\n' },
    },
    { name: 'app', version: '1.0' },
    { name: 'lib', version: '1.5', files: { 'lib.py': 'VALUE = 15\n' } },
    { name: 'extra-only', version: '1.0' },
  );
  const { ww, run } = commandIn(dir, { PIP_NO_INDEX: '0', WHEELWRIGHT_INDEX_URL: server.indexUrl });
  const environment = path.join(dir, '.venv');

  expect(await ww('venv')).toMatchObject({ code: 0, stdout: `${environment}\n` });
  expect(await ww('install', 'app[more]')).toMatchObject({
    code: 0,
    stdout: '+ app 2.0\n+ extra-only 1.0\n+ lib 1.5\n',
  });
  expect(await run(path.join(environment, 'bin', 'app'))).toMatchObject({ code: 0, stdout: 'app runs 15\n' });
  expect(await ww('install', 'app')).toMatchObject({ code: 0, stdout: 'nothing to do: everything is installed\n' });
  expect(await ww('install', 'app==1.0')).toMatchObject({ code: 0, stdout: '~ app 2.0 -> 1.0\n' });
  expect(existsSync(path.join(environment, 'bin', 'app'))).toBe(false);
  writeFileSync(path.join(dir, 'pins.txt'), 'app==2.0\nlib==1.5\n');
  expect(await ww('sync', 'pins.txt')).toMatchObject({ code: 0, stdout: '~ app 1.0 -> 2.0\n- extra-only 1.0\n' });
  expect(await ww('list', '--format', 'freeze')).toMatchObject({ code: 0, stdout: 'app==2.0\nlib==1.5\n' });
  expect(await ww('verify')).toMatchObject({ code: 0 });
  expect(await ww('uninstall', 'app')).toMatchObject({ code: 0, stdout: '- app 2.0\n' });
  expect(await ww('uninstall', 'app')).toMatchObject({ code: 4 });
  expect(await ww('rollback')).toMatchObject({ code: 0 });
  expect(await run(path.join(environment, 'bin', 'app'))).toMatchObject({ code: 0 });
  // Its metadata may be read by range; the whole of it is fetched once.
  const whole = server.requests.filter(
    ({ path: requested, headers }) =>
      requested === server.filePath('app-2.0-py3-none-any.whl') && headers.range === undefined,
  );
  expect(whole).toHaveLength(1);
});

test('two distributions that claim one path with different content are a conflict, and nothing changes', async () => {
  const dir = temporaryDir();
  const { ww } = commandIn(dir);
  const one = writeWheel(dir, { name: 'one', files: { 'shared/__init__.py': 'ONE = 1\n' } });
  const two = writeWheel(dir, { name: 'two', files: { 'shared/__init__.py': 'TWO = 2\n' } });
  const three = writeWheel(dir, { name: 'three', files: { 'shared/__init__.py': 'ONE = 1\n' } });
  await ww('venv');
  await ww('install', three);
  const before = view(path.join(dir, '.venv'));
  const conflict = await ww('install', one, two);
  expect(conflict.code).toBe(6);
  expect(conflict.stderr).toMatch(/one/);
  expect(conflict.stderr).toMatch(/two/);
  expect(conflict.stderr).toMatch(/shared\/__init__\.py/);
  expect(view(path.join(dir, '.venv'))).toEqual(before);
  expect(await ww('install', one)).toMatchObject({ code: 0 });
  expect(await ww('uninstall', 'three')).toMatchObject({ code: 0 });
  expect(view(path.join(dir, '.venv')).some((file) => file.endsWith('shared/__init__.py'))).toBe(true);
  expect(await ww('verify')).toMatchObject({ code: 0 });
});

const sample = malformedWheels.filter((_, n) => n % 9 === 0).map((wheel) => [wheel.title, wheel] as const);

test.each(sample)('a wheel with %s is refused in one sentence and leaves nothing', async (_title, { options }) => {
  const dir = temporaryDir();
  const { ww } = commandIn(dir);
  const wheel = writeWheel(dir, options);
  await ww('venv');
  const before = view(path.join(dir, '.venv'));
  const { code, stdout, stderr } = await ww('install', wheel);
  expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
  expect(stderr).toMatch(/^ww: [^\n]+\.\n/m);
  expect(view(path.join(dir, '.venv'))).toEqual(before);
  expect(readdirSync(path.join(dir, 'store', 'wheels')).filter((name) => !name.startsWith('.'))).toEqual([]);
});

test('each mistake has its exit code', async () => {
  const dir = temporaryDir();
  const server = await indexOf({ name: 'app', version: '1.0' });
  const { ww } = commandIn(dir, { PIP_NO_INDEX: '0', WHEELWRIGHT_INDEX_URL: server.indexUrl });
  expect(await ww('install', 'app')).toMatchObject({ code: 2 });
  await ww('venv');
  expect(await ww('install', 'nonesuch')).toMatchObject({ code: 4 });
  expect(await ww('install', 'app==9')).toMatchObject({ code: 4 });
  expect(await ww('install')).toMatchObject({ code: 2 });
  expect(await ww('install', '--no-such-option')).toMatchObject({ code: 2 });
  expect(await ww('install', 'not a requirement!')).toMatchObject({ code: 3 });
  expect(await ww('install', './missing.whl')).toMatchObject({ code: 3 });
  expect(await ww('install', writeWheel(dir, { name: 'alien', tag: 'cp27-cp27mu-win32' }))).toMatchObject({ code: 4 });
  expect(await ww('install', '-p', path.join(dir, 'nowhere'), 'app')).toMatchObject({ code: 2 });
});

test('a download that is not what the index promised ends with 9 and leaves nothing', async () => {
  const dir = temporaryDir();
  const { filename, bytes } = buildWheel({ name: 'app' });
  const server = await startIndexServer({ files: [{ filename, data: bytes, hashes: { sha256: '0'.repeat(64) } }] });
  onTestFinished(() => server.close());
  const { ww } = commandIn(dir, { PIP_NO_INDEX: '0', WHEELWRIGHT_INDEX_URL: server.indexUrl });
  await ww('venv');
  expect(await ww('install', 'app')).toMatchObject({ code: 9 });
  expect(await ww('list', '--format', 'freeze')).toMatchObject({ stdout: '' });
});

test('--json prints every event and the end as one line each', async () => {
  const dir = temporaryDir();
  const { ww } = commandIn(dir);
  const wheel = writeWheel(dir, { name: 'app' });
  const events = async (...args: string[]) =>
    (await ww(...args)).stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  await ww('venv');
  const told = await events('install', '--json', wheel);
  expect(told.map(({ event }) => event)).toEqual(expect.arrayContaining(['resolved', 'committed', 'changed', 'end']));
  expect(told.at(-1)).toEqual({ event: 'end', exitCode: 0 });
  expect((await events('install', '--json', './missing.whl'))[0]).toMatchObject({
    event: 'error',
    code: 'WHEELWRIGHT_BAD_INPUT',
    exitCode: 3,
  });
});

test('a closed output does not undo a commit', async () => {
  const dir = temporaryDir();
  const { ww, run } = commandIn(dir);
  const wheel = writeWheel(dir, { name: 'app' });
  await ww('venv');
  await run(
    'sh',
    '-c',
    `"${process.execPath}" "${new URL('../bin/ww.js', import.meta.url).pathname}" install "${wheel}" 2>&1 | true`,
  );
  expect((await ww('list', '--format', 'freeze')).stdout).toBe('app==1.0\n');
});
