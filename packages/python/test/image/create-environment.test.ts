import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { acquireLock } from '@wheelwright/fslock';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, test } from 'vitest';
import { createEnvironment, environmentPaths, parseGeneration, supportFiles, supportHashes } from '../../src/index.ts';
import { fakeInterpreter } from '../interpreters.ts';

const setUp = () => {
  const root = temporaryDir();
  return { root, dir: path.join(root, 'env'), options: { interpreter: fakeInterpreter(root), layout: 'own' } as const };
};

test('the image is complete and everything in it is reached through the pointer', async () => {
  const { root, dir, options } = setUp();
  const now = () => new Date('2026-01-02T03:04:05Z');
  const { created, environment } = await createEnvironment(dir, { ...options, now, command: 'test' });
  expect(created).toBe(true);
  expect(environment).toMatchObject({ dir, kind: 'own', generation: 1 });
  expect(readlinkSync(path.join(dir, 'bin'))).toBe('.wheelwright/current/bin');
  expect(readlinkSync(path.join(dir, 'bin', 'python'))).toBe(options.interpreter.executable);
  expect(readlinkSync(path.join(dir, 'bin', 'python3.11'))).toBe('python');
  for (const name of ['bin', 'lib', 'lib64', 'include', 'share', 'etc']) {
    expect(lstatSync(path.join(dir, name)).isSymbolicLink()).toBe(true);
    expect(existsSync(path.join(dir, name))).toBe(true);
  }
  expect(readFileSync(path.join(dir, 'pyvenv.cfg'), 'utf8')).toContain(
    `home = ${path.dirname(options.interpreter.executable)}\n`,
  );
  expect(existsSync(path.join(dir, '.lock'))).toBe(true);
  const generationDir = path.join(environmentPaths(dir).generations, '1');
  expect(existsSync(path.join(generationDir, '.committed'))).toBe(true);
  const file = path.join(generationDir, 'generation.json');
  expect(parseGeneration(readFileSync(file, 'utf8'), file)).toEqual({
    format: 1,
    number: 1,
    created: '2026-01-02T03:04:05.000Z',
    command: 'test',
    distributions: [],
    support: supportHashes(supportFiles([])),
    kept: [],
  });
  expect(readdirSync(root).sort()).toEqual(['base', 'env']);
});

test('one that is to share its packages says so, keeps pip out, and is not confused with one that does not', async () => {
  const { dir, root, options } = setUp();
  await createEnvironment(dir, { ...options, layout: 'shared' });
  expect(readlinkSync(path.join(dir, 'pip.conf'))).toBe('.wheelwright/current/pip.conf');
  const file = path.join(environmentPaths(dir).current, 'generation.json');
  const { cacheTag, magic } = options.interpreter;
  expect(parseGeneration(readFileSync(file, 'utf8'), file).shared).toEqual({ cacheTag, magic });
  expect(await createEnvironment(dir, options)).toMatchObject({ created: false });
  const own = path.join(root, 'own');
  await createEnvironment(own, options);
  const again = createEnvironment(own, { ...options, layout: 'shared' });
  await expect(again).rejects.toMatchObject({ code: 'ENVIRONMENT_EXISTS' });
  const old = { ...options.interpreter, version: [3, 6, 15] as const };
  const tooOld = createEnvironment(path.join(root, 'old'), { interpreter: old, layout: 'shared' });
  await expect(tooOld).rejects.toMatchObject({ code: 'PYTHON_UNSUPPORTED' });
});

test('one that is there is adopted and not touched', async () => {
  const { dir, options } = setUp();
  await createEnvironment(dir, options);
  writeFileSync(path.join(dir, 'share', 'mine'), '');
  const { created, environment } = await createEnvironment(dir, options);
  expect(created).toBe(false);
  expect(environment.generation).toBe(1);
  expect(existsSync(path.join(dir, 'share', 'mine'))).toBe(true);
});

test('one of another Python is not adopted', async () => {
  const { root, dir, options } = setUp();
  await createEnvironment(dir, options);
  const other = { ...options, interpreter: fakeInterpreter(root, [3, 12, 1]) };
  await expect(createEnvironment(dir, other)).rejects.toMatchObject({ code: 'ENVIRONMENT_EXISTS' });
  expect((await createEnvironment(dir, { ...other, clear: true })).environment.pythonVersion).toBe('3.12.1');
});

test('an empty directory becomes the environment, also through a link', async () => {
  const { root, dir, options } = setUp();
  mkdirSync(dir);
  expect(await createEnvironment(dir, options)).toMatchObject({ created: true });
  const link = path.join(root, 'link');
  mkdirSync(path.join(root, 'target'));
  symlinkSync('target', link);
  const { environment } = await createEnvironment(link, options);
  expect(environment.dir).toBe(link);
  expect(readFileSync(path.join(link, 'bin', 'activate'), 'utf8')).toContain(`VIRTUAL_ENV='${link}'`);
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
});

test('directories above it are made', async () => {
  const { root, options } = setUp();
  expect(await createEnvironment(path.join(root, 'a', 'b', 'env'), options)).toMatchObject({ created: true });
});

test.each([
  ['a venv', (dir: string) => mkdirSync(dir) ?? writeFileSync(path.join(dir, 'pyvenv.cfg'), 'home = /usr/bin\n')],
  ['a directory with other files', (dir: string) => mkdirSync(dir) ?? writeFileSync(path.join(dir, 'thesis.tex'), '')],
  ['a file', (dir: string) => writeFileSync(dir, '')],
  ['a link that leads nowhere', (dir: string) => symlinkSync('nowhere', dir)],
])('%s is in the way and stays', async (_what, make) => {
  const { root, dir, options } = setUp();
  make(dir);
  const before = readdirSync(root, { recursive: true });
  await expect(createEnvironment(dir, options)).rejects.toMatchObject({ code: 'ENVIRONMENT_EXISTS' });
  expect(readdirSync(root, { recursive: true })).toEqual(before);
});

test('clear replaces a venv of another kind', async () => {
  const { root, dir, options } = setUp();
  mkdirSync(dir);
  writeFileSync(path.join(dir, 'pyvenv.cfg'), 'home = /usr/bin\n');
  writeFileSync(path.join(dir, 'old'), '');
  const { created, environment } = await createEnvironment(dir, { ...options, clear: true });
  expect({ created, kind: environment.kind }).toEqual({ created: true, kind: 'own' });
  expect(existsSync(path.join(dir, 'old'))).toBe(false);
  expect(readdirSync(root).sort()).toEqual(['base', 'env']);
});

test('clear replaces a damaged one', async () => {
  const { dir, options } = setUp();
  await createEnvironment(dir, options);
  writeFileSync(environmentPaths(dir).format, 'rubbish');
  expect(await createEnvironment(dir, { ...options, clear: true })).toMatchObject({ created: true });
});

test('clear deletes only environments', async () => {
  const { dir, options } = setUp();
  mkdirSync(dir);
  writeFileSync(path.join(dir, 'thesis.tex'), 'years');
  await expect(createEnvironment(dir, { ...options, clear: true })).rejects.toMatchObject({
    code: 'ENVIRONMENT_FOREIGN',
  });
  expect(readFileSync(path.join(dir, 'thesis.tex'), 'utf8')).toBe('years');
});

test('clear waits for the writer that is in the environment', async () => {
  const { root, dir, options } = setUp();
  await createEnvironment(dir, options);
  writeFileSync(path.join(dir, 'share', 'mine'), '');
  const lock = await acquireLock(environmentPaths(dir).lock, { purpose: 'test' });
  await expect(createEnvironment(dir, { ...options, clear: true, lockTimeoutMs: 1 })).rejects.toMatchObject({
    code: 'FSLOCK_TIMEOUT',
  });
  expect(existsSync(path.join(dir, 'share', 'mine'))).toBe(true);
  expect(readdirSync(root).sort()).toEqual(['base', 'env']);
  lock.release();
  await createEnvironment(dir, { ...options, clear: true });
  expect(existsSync(path.join(dir, 'share', 'mine'))).toBe(false);
});

test('an aborted creation leaves nothing', async () => {
  const { root, dir, options } = setUp();
  const signal = AbortSignal.abort(new Error('no more'));
  await expect(createEnvironment(dir, { ...options, signal })).rejects.toThrow('no more');
  expect(readdirSync(root)).toEqual(['base']);
});

test('a relative path is a mistake of the caller', async () => {
  const { options } = setUp();
  await expect(createEnvironment('env', options)).rejects.toThrow('bug:');
});
