// Ordinary venvs: how one is made, and what is recognised as one.
import { existsSync, lstatSync, mkdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, test } from 'vitest';
import { createEnvironment, readEnvironment, targetEnvironment } from '../src/index.ts';
import { fakeInterpreter } from './interpreters.ts';

test('A plain environment consists of real directories and has no generations.', async () => {
  const dir = temporaryDir();
  const interpreter = fakeInterpreter(dir);
  const env = path.join(dir, 'env');
  const { environment, created } = await createEnvironment(env, { interpreter, layout: 'plain', prompt: 'mine' });
  expect(created).toBe(true);
  expect(environment).toMatchObject({ kind: 'plain', pythonVersion: '3.11.7', prompt: 'mine', generation: undefined });
  expect(lstatSync(path.join(env, 'lib/python3.11/site-packages')).isDirectory()).toBe(true);
  expect(readlinkSync(path.join(env, 'bin/python'))).toBe(interpreter.executable);
  expect(readlinkSync(path.join(env, 'lib64'))).toBe('lib');
  expect(readFileSync(path.join(env, 'bin/activate'), 'utf8')).toContain(env);
  expect(existsSync(path.join(env, '.wheelwright'))).toBe(false);
});

test('an existing plain environment is used only for an equal request', async () => {
  const dir = temporaryDir();
  const interpreter = fakeInterpreter(dir);
  const env = path.join(dir, 'env');
  await createEnvironment(env, { interpreter, layout: 'plain' });
  expect((await createEnvironment(env, { interpreter, layout: 'plain' })).created).toBe(false);
  await expect(createEnvironment(env, { interpreter, layout: 'own' })).rejects.toMatchObject({
    code: 'ENVIRONMENT_EXISTS',
  });
  await createEnvironment(env, { interpreter, layout: 'own', clear: true });
  expect(readEnvironment(env).kind).toBe('own');
  await expect(createEnvironment(env, { interpreter, layout: 'plain' })).rejects.toMatchObject({
    code: 'ENVIRONMENT_EXISTS',
  });
});

test.each(['lib/python3.11/EXTERNALLY-MANAGED', 'lib/python3/dist-packages/x'])(
  'a Python of the system is recognised by %s',
  (mark) => {
    const dir = temporaryDir();
    const usr = path.join(dir, 'usr');
    mkdirSync(path.join(usr, 'bin'), { recursive: true });
    writeFileSync(path.join(usr, 'bin/python3.11'), '\x7fELF');
    writeFileSync(path.join(usr, 'bin/python3'), '\x7fELF');
    mkdirSync(path.join(usr, path.dirname(mark)), { recursive: true });
    writeFileSync(path.join(usr, mark), '');
    expect(() => readEnvironment(usr)).toThrow(expect.objectContaining({ code: 'ENVIRONMENT_FOREIGN' }));
  },
);

test('A target is a directory that may be absent.', () => {
  const interpreter = fakeInterpreter(temporaryDir());
  const target = targetEnvironment('/some/where/', interpreter);
  expect(target).toMatchObject({ kind: 'target', dir: '/some/where', interpreterExecutable: interpreter.executable });
});
