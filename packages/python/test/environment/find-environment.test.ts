import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, test } from 'vitest';
import { createEnvironment, findEnvironment } from '../../src/index.ts';
import { fakeInterpreter } from '../interpreters.ts';

async function make(root: string, name: string): Promise<string> {
  const dir = path.join(root, name);
  await createEnvironment(dir, { interpreter: fakeInterpreter(root), layout: 'own' });
  return dir;
}

test('a named environment wins over the active one, and that over the nearest .venv', async () => {
  const root = temporaryDir();
  const [named, active, near] = [await make(root, 'named'), await make(root, 'active'), await make(root, '.venv')];
  const workingDir = path.join(root, 'a', 'b');
  mkdirSync(workingDir, { recursive: true });
  expect(findEnvironment({ explicit: named, virtualEnv: active, workingDir }).dir).toBe(named);
  expect(findEnvironment({ virtualEnv: active, workingDir }).dir).toBe(active);
  expect(findEnvironment({ workingDir, condaPrefix: active }).dir).toBe(near);
});

test('conda comes last', async () => {
  const root = temporaryDir();
  const conda = await make(root, 'conda');
  expect(findEnvironment({ workingDir: root, condaPrefix: conda }).dir).toBe(conda);
});

test.each(['', '/', '/bin', '/bin/python', '/bin/python3.11'])(
  'an environment is named by its path%s',
  async (tail) => {
    const root = temporaryDir();
    const dir = await make(root, 'env');
    expect(findEnvironment({ explicit: dir + tail, workingDir: root }).dir).toBe(dir);
  },
);

test('an environment that is named or active but gone is never replaced by another', async () => {
  const root = temporaryDir();
  await make(root, '.venv');
  const notFound = expect.objectContaining({ code: 'ENVIRONMENT_NOT_FOUND' });
  expect(() => findEnvironment({ explicit: path.join(root, 'gone'), workingDir: root })).toThrow(notFound);
  expect(() => findEnvironment({ virtualEnv: path.join(root, 'gone'), workingDir: root })).toThrow(/VIRTUAL_ENV names/);
});

test('without an environment the error names the places that were searched', () => {
  const root = temporaryDir();
  expect(() => findEnvironment({ workingDir: root, virtualEnv: '', condaPrefix: '' })).toThrow(root);
});
