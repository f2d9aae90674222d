// Interpreters as they are found: behind links, shims and environments, described once and remembered.
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { describe, expect, test } from 'vitest';
import {
  createEnvironment,
  findInterpreter,
  type Interpreter,
  readDefaultIndexUrl,
  readEnvironment,
  readInterpreter,
} from '../../src/index.ts';
import { plainVariables } from '../generations.ts';
import { memoryCache, typicalInterpreters } from '../interpreters.ts';

const found = await typicalInterpreters();
const first = found[0] as Interpreter;
const searchPath = process.env.PATH ?? '';

describe.each(found.map((interpreter) => [interpreter.versionText, interpreter] as const))(
  'Python %s',
  (_version, interpreter) => {
    const ask = (code: string) =>
      JSON.parse(execFileSync(interpreter.executable, ['-I', '-c', code], { encoding: 'utf8', env: plainVariables() }));

    test('it says of itself what a program in it sees', () => {
      const code =
        'import importlib.util, json, os, platform, sys, sysconfig; print(json.dumps([platform.python_version(), ' +
        'sys.implementation.cache_tag, importlib.util.MAGIC_NUMBER.hex(), sys.base_prefix, sysconfig.get_platform(), ' +
        'platform.machine(), platform.system(), platform.release(), platform.version(), os.name, sys.platform]))';
      const { versionText, cacheTag, magic, prefix, platform, markers } = interpreter;
      expect([
        versionText,
        cacheTag,
        magic,
        prefix,
        platform,
        markers.platform_machine,
        markers.platform_system,
        markers.platform_release,
        markers.platform_version,
        markers.os_name,
        markers.sys_platform,
      ]).toEqual(ask(code));
      expect(realpathSync(interpreter.executable)).toBe(interpreter.executable);
      expect(interpreter.tags.at(-1)).toBe('py30-none-any');
    });

    test('the python of a venv made from it, with links or with a copy, leads back to it', async () => {
      for (const words of [[], ['--copies']]) {
        const dir = path.join(temporaryDir(), 'venv');
        execFileSync(interpreter.executable, ['-m', 'venv', '--without-pip', ...words, dir], { env: plainVariables() });
        const cache = memoryCache();
        expect((await readInterpreter(path.join(dir, 'bin', 'python'), { cache })).executable).toBe(
          interpreter.executable,
        );
        expect((await findInterpreter(dir, { searchPath: '', cache })).versionText).toBe(interpreter.versionText);
        const environment = readEnvironment(dir);
        expect(environment).toMatchObject({ kind: 'plain', pythonVersion: interpreter.version.join('.') });
        expect(environment.interpreterExecutable).toBe(interpreter.executable);
        expect(path.relative(dir, environment.sitePackages)).toBe(interpreter.purelib);
      }
    });

    test('the python of an environment of ours leads back to it, and another can be made from that', async () => {
      const root = temporaryDir();
      const [outer, inner] = [path.join(root, 'outer'), path.join(root, 'inner')];
      await createEnvironment(outer, { interpreter, layout: 'own' });
      const again = await readInterpreter(path.join(outer, 'bin', 'python3'), { cache: memoryCache() });
      expect(again.executable).toBe(interpreter.executable);
      await createEnvironment(inner, { interpreter: again, layout: 'own' });
      const code = 'import sys; print(sys.prefix + " " + sys.base_prefix)';
      const answer = execFileSync(path.join(inner, 'bin', 'python'), ['-c', code], {
        encoding: 'utf8',
        env: plainVariables(),
      });
      expect(answer).toBe(`${inner} ${interpreter.prefix}\n`);
    });
  },
);

test('an interpreter is started once, and again when its file has changed', async () => {
  const dir = temporaryDir();
  const cache = memoryCache();
  const options = { searchPath, cache };
  await readInterpreter(first.executable, options);
  expect(cache.writes).toBe(1);
  expect(await readInterpreter(first.executable, options)).toEqual({
    ...first,
    namedExecutable: first.executable,
    foundAs: first.executable,
  });
  expect(cache.writes).toBe(1);
  const copy = path.join(dir, 'python3');
  copyFileSync(first.executable, copy);
  await readInterpreter(copy, options).catch(() => undefined); // a copy alone may not find its library
  const written = cache.writes;
  utimesSync(copy, 1, 1);
  await readInterpreter(copy, options).catch(() => undefined);
  expect(cache.writes).toBe(written === 1 ? 1 : written + 1);
});

test('a shim is asked every time for its choice', async () => {
  const root = temporaryDir();
  const shims = path.join(root, 'shims');
  mkdirSync(shims);
  const shim = path.join(shims, 'python3');
  writeFileSync(shim, `#!/bin/sh\nexec '${first.executable}' "$@"\n`);
  chmodSync(shim, 0o755);
  const interpreter = await findInterpreter(undefined, { searchPath: shims, cache: memoryCache() });
  expect(interpreter).toMatchObject({ executable: first.executable, versionText: first.versionText });
  expect(interpreter.tags).toEqual(first.tags);
});

test('the choice of a pyenv shim is remembered while nothing that pyenv looks at has changed', async () => {
  const root = temporaryDir();
  const [shims, project, log] = [path.join(root, 'shims'), path.join(root, 'project'), path.join(root, 'log')];
  for (const dir of [shims, path.join(root, 'versions'), project]) mkdirSync(dir);
  const shim = path.join(shims, 'python3');
  writeFileSync(shim, `#!/bin/sh\necho >> '${log}'\nexec '${first.executable}' "$@"\n`, { mode: 0o755 });
  const options = { searchPath: shims, cache: memoryCache(), workingDir: project };
  const asked = async (change: Partial<typeof options> & { pyenvVersion?: string } = {}) => {
    writeFileSync(log, '');
    expect((await findInterpreter(undefined, { ...options, ...change })).executable).toBe(first.executable);
    return readFileSync(log, 'utf8').length > 0;
  };
  expect(await asked()).toBe(true);
  expect(await asked()).toBe(false);
  expect(await asked({ pyenvVersion: 'other' })).toBe(true);
  writeFileSync(path.join(root, '.python-version'), 'system\n');
  expect(await asked()).toBe(true);
  expect(await asked()).toBe(false);
  writeFileSync(path.join(root, 'version'), 'system\n');
  expect(await asked()).toBe(true);
});

test('a version that the shim refuses is found where it is installed', async () => {
  const root = temporaryDir();
  const [shims, bin] = [path.join(root, 'shims'), path.join(root, 'versions', first.versionText, 'bin')];
  mkdirSync(shims);
  mkdirSync(bin, { recursive: true });
  const short = first.version.slice(0, 2).join('.');
  writeFileSync(path.join(shims, `python${short}`), '#!/bin/sh\nexit 127\n', { mode: 0o755 });
  symlinkSync(first.executable, path.join(bin, `python${short}`));
  const interpreter = await findInterpreter(short, { searchPath: shims, cache: memoryCache() });
  expect(interpreter.executable).toBe(first.executable);
});

test('a version, a name, a prefix of a version and nothing at all are all requests', async () => {
  const dir = temporaryDir();
  symlinkSync(first.executable, path.join(dir, 'python3'));
  const options = { searchPath: `relative:${dir}:/absent`, cache: memoryCache() };
  const short = first.version.slice(0, 2).join('.');
  for (const request of [
    undefined,
    '3',
    short,
    first.version.join('.'),
    'python3',
    `python${short}`,
    `cpython-${short}`,
    `${dir}/python3`,
  ]) {
    expect((await findInterpreter(request, options)).executable).toBe(first.executable);
  }
});

test('a skipped interpreter is reported with the reason', async () => {
  const dir = temporaryDir();
  symlinkSync(first.executable, path.join(dir, 'python3'));
  writeFileSync(path.join(dir, 'python'), '#!/bin/sh\necho nonsense\n', { mode: 0o755 });
  const options = { searchPath: dir, cache: memoryCache() };
  await expect(findInterpreter('3.99', options)).rejects.toMatchObject({
    code: 'PYTHON_NOT_FOUND',
    data: {
      request: '3.99',
      tried: [
        { path: path.join(dir, 'python3'), why: `it is ${first.versionText}.` },
        { path: path.join(dir, 'python'), why: expect.stringContaining('did not describe itself') },
      ],
    },
  });
  await expect(findInterpreter(undefined, { ...options, minimum: [3, 99] })).rejects.toMatchObject({
    code: 'PYTHON_NOT_FOUND',
  });
});

test('a path is taken at its word', async () => {
  const dir = temporaryDir();
  const broken = path.join(dir, 'python');
  writeFileSync(broken, '#!/bin/sh\necho oops >&2; exit 3\n', { mode: 0o755 });
  const old = path.join(dir, 'python2');
  writeFileSync(old, '#!/bin/sh\necho "Unknown option: -I" >&2; exit 2\n', { mode: 0o755 });
  const options = { searchPath, cache: memoryCache() };
  await expect(findInterpreter(path.join(dir, 'absent'), options)).rejects.toMatchObject({ code: 'PYTHON_NOT_FOUND' });
  await expect(findInterpreter(broken, options)).rejects.toMatchObject({
    code: 'PYTHON_PROBE_FAILED',
    data: { stderr: 'oops\n' },
  });
  await expect(findInterpreter(old, options)).rejects.toMatchObject({ code: 'PYTHON_UNSUPPORTED' });
  await expect(findInterpreter(first.executable, { ...options, minimum: [3, 99] })).rejects.toMatchObject({
    code: 'PYTHON_UNSUPPORTED',
  });
});

test('the default index is what pip states, whatever is configured, and is asked for once', async () => {
  const cache = memoryCache();
  const url = await readDefaultIndexUrl(first, { cache });
  if (url === undefined) return; // an interpreter without pip states none
  expect(url).toMatch(/^https:\/\/[^\s()]+$/);
  expect(cache.writes).toBe(1);
  process.env.PIP_INDEX_URL = 'https://configured.example/simple';
  try {
    expect(await readDefaultIndexUrl(first, { cache: memoryCache() })).toBe(url);
  } finally {
    delete process.env.PIP_INDEX_URL;
  }
  expect(await readDefaultIndexUrl(first, { cache })).toBe(url);
  expect(cache.writes).toBe(1);
});
