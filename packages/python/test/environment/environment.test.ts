import { chmodSync, mkdirSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, test } from 'vitest';
import { createEnvironment, environmentPaths, readEnvironment } from '../../src/index.ts';
import { fakeInterpreter } from '../interpreters.ts';

/** What `python -m venv` leaves. */
function makeVenv(dir: string, executable: string, cfg = 'version = 3.11.7\n'): void {
  mkdirSync(path.join(dir, 'bin'), { recursive: true });
  mkdirSync(path.join(dir, 'lib', 'python3.11', 'site-packages'), { recursive: true });
  symlinkSync(executable, path.join(dir, 'bin', 'python'));
  writeFileSync(path.join(dir, 'pyvenv.cfg'), `home = ${path.dirname(executable)}\n${cfg}`);
}

test('an own environment is read with the number of its generation', async () => {
  const root = temporaryDir();
  const dir = path.join(root, 'env');
  const interpreter = fakeInterpreter(root);
  const options = { interpreter, layout: 'own', prompt: 'mine', systemSitePackages: true } as const;
  await createEnvironment(dir, options);
  expect(readEnvironment(dir)).toEqual({
    dir,
    kind: 'own',
    interpreterExecutable: interpreter.executable,
    pythonVersion: '3.11.7',
    libDirName: 'python3.11',
    sitePackages: path.join(dir, 'lib/python3.11/site-packages'),
    generation: 1,
    prompt: 'mine',
    systemSitePackages: true,
  });
});

test('an ordinary venv is plain', () => {
  const root = temporaryDir();
  const dir = path.join(root, 'env');
  const { executable } = fakeInterpreter(root);
  makeVenv(dir, executable, "version = 3.11.7\nprompt = 'p'\ninclude-system-site-packages = true\n");
  expect(readEnvironment(dir)).toMatchObject({
    kind: 'plain',
    interpreterExecutable: executable,
    pythonVersion: '3.11.7',
    prompt: 'p',
    systemSitePackages: true,
    generation: undefined,
  });
});

test('the interpreter of an environment with a copy in bin is found through home', () => {
  const root = temporaryDir();
  const dir = path.join(root, 'env');
  const { executable } = fakeInterpreter(root);
  makeVenv(dir, executable);
  unlinkSync(path.join(dir, 'bin', 'python'));
  writeFileSync(path.join(dir, 'bin', 'python'), 'copy');
  expect(readEnvironment(dir).interpreterExecutable).toBe(executable);
});

test('an environment made from the python of another leads to the interpreter behind both', () => {
  const root = temporaryDir();
  const { executable } = fakeInterpreter(root);
  makeVenv(path.join(root, 'outer'), executable);
  makeVenv(path.join(root, 'inner'), path.join(root, 'outer', 'bin', 'python'));
  expect(readEnvironment(path.join(root, 'inner')).interpreterExecutable).toBe(executable);
});

test('an environment whose interpreter is gone can still be read', () => {
  const root = temporaryDir();
  const dir = path.join(root, 'env');
  const { executable } = fakeInterpreter(root);
  makeVenv(dir, executable);
  unlinkSync(executable);
  expect(readEnvironment(dir)).toMatchObject({ interpreterExecutable: executable, pythonVersion: '3.11.7' });
});

test('a prefix of conda is foreign', () => {
  const dir = temporaryDir();
  mkdirSync(path.join(dir, 'bin'));
  mkdirSync(path.join(dir, 'conda-meta'));
  mkdirSync(path.join(dir, 'lib', 'python3.11', 'site-packages'), { recursive: true });
  // conda makes this link for programs that look for two digits.
  symlinkSync('python3.11', path.join(dir, 'lib', 'python3.1'));
  writeFileSync(path.join(dir, 'bin', 'python3.11'), '');
  chmodSync(path.join(dir, 'bin', 'python3.11'), 0o755);
  symlinkSync('python3.11', path.join(dir, 'bin', 'python'));
  writeFileSync(path.join(dir, 'conda-meta', 'python-3.11.5-h955ad1f_0.json'), '{}');
  expect(readEnvironment(dir)).toEqual({
    dir,
    kind: 'foreign',
    interpreterExecutable: path.join(dir, 'bin', 'python3.11'),
    pythonVersion: '3.11.5',
    libDirName: 'python3.11',
    sitePackages: path.join(dir, 'lib/python3.11/site-packages'),
    systemSitePackages: false,
  });
});

test('a path that does not exist gives undefined', () => {
  const dir = temporaryDir();
  const notFound = expect.objectContaining({ code: 'ENVIRONMENT_NOT_FOUND' });
  expect(() => readEnvironment(dir)).toThrow(notFound);
  expect(() => readEnvironment(path.join(dir, 'absent'))).toThrow(notFound);
});

test.each<[string, string, (paths: ReturnType<typeof environmentPaths>) => void]>([
  ['a missing pointer', 'ENVIRONMENT_DAMAGED', ({ current }) => unlinkSync(current)],
  ['a missing pyvenv.cfg', 'ENVIRONMENT_DAMAGED', ({ pyvenvCfg }) => unlinkSync(pyvenvCfg)],
  ['a format that is not a number', 'ENVIRONMENT_DAMAGED', ({ format }) => writeFileSync(format, 'x')],
  ['a newer format', 'ENVIRONMENT_NEWER_FORMAT', ({ format }) => writeFileSync(format, '2\n')],
  [
    'a pointer out of the generations',
    'ENVIRONMENT_DAMAGED',
    ({ current }) => {
      unlinkSync(current);
      symlinkSync('../..', current);
    },
  ],
])('%s is %s', async (_what, code, change) => {
  const root = temporaryDir();
  const dir = path.join(root, 'env');
  await createEnvironment(dir, { interpreter: fakeInterpreter(root), layout: 'own' });
  change(environmentPaths(dir));
  expect(() => readEnvironment(dir)).toThrow(expect.objectContaining({ code }));
});
