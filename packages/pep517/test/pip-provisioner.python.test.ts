import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, utimesSync } from 'node:fs';
import path from 'node:path';
import { build, createPipProvisioner } from '@wheelwright/pep517';
import { findPython } from '@wheelwright/testkit/find-python';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { writeWheel } from '@wheelwright/testkit/wheels';
import { expect, test } from 'vitest';
import { place } from './place.ts';

const python = findPython('import venv, ensurepip')!;

/** A provisioner that finds wheels in a directory and nowhere else. */
function make(reuseForMs = 0) {
  const dir = temporaryDir();
  const [environmentsDir, wheelsDir] = [path.join(dir, 'environments'), path.join(dir, 'wheels')];
  mkdirSync(wheelsDir);
  writeWheel(wheelsDir, { name: 'helper', files: { 'helper.py': 'answer = 42\n' } });
  writeWheel(wheelsDir, { name: 'more', entryPoints: { console_scripts: { 'more-tool': 'more:main' } } });
  const pipArguments = ['--no-index', '--find-links', wheelsDir];
  const provisioner = createPipProvisioner({ environmentsDir, environment: process.env, pipArguments, reuseForMs });
  return { environmentsDir, provisioner };
}

const imports = (executable: string, module: string) => spawnSync(executable, ['-c', `import ${module}`]).status === 0;

test('pip provides an environment with the requirements, extends it, and it is gone when it is released.', async () => {
  const { environmentsDir, provisioner } = make();
  const environment = await provisioner.provide(['helper'], python, {});
  expect(imports(environment.python, 'helper')).toBe(true);
  expect(imports(environment.python, 'more')).toBe(false);
  const extended = await environment.extend!(['more'], { askedBy: 'get_requires_for_build_wheel' });
  expect(imports(extended.python, 'more')).toBe(true);
  expect(existsSync(path.join(extended.binDir, 'more-tool'))).toBe(true);
  await extended.release();
  expect(imports(environment.python, 'helper')).toBe(true);
  await environment.release();
  expect(readdirSync(environmentsDir)).toEqual([]);
});

test('the error of a missing requirement has the output of pip, and nothing is left', async () => {
  const { environmentsDir, provisioner } = make();
  await expect(provisioner.provide(['no-index-has-this'], python, {})).rejects.toMatchObject({
    code: 'PEP517_REQUIREMENTS_FAILED',
    message: expect.stringMatching(/^pip did not install no-index-has-this: .*no-index-has-this/),
    data: { log: expect.stringContaining('no-index-has-this') },
  });
  expect(readdirSync(environmentsDir)).toEqual([]);
});

test('A build with it is isolated: hooks see its scripts and not what the interpreter has.', async () => {
  const { environmentsDir, provisioner } = make();
  const { request, mark } = place({ requires: ['more'] });
  await build({ ...request, interpreter: python, provisioner });
  const seen = JSON.parse(mark('environment')) as Record<string, string>;
  expect(seen.VIRTUAL_ENV).toMatch(environmentsDir);
  expect(seen.PATH!.split(':')[0]).toBe(path.join(seen.VIRTUAL_ENV!, 'bin'));
  expect(readdirSync(environmentsDir)).toEqual([]);
});

test('Providing stops when it is aborted, and nothing is left.', async () => {
  const { environmentsDir, provisioner } = make();
  const controller = new AbortController();
  const providing = provisioner.provide(['helper'], python, { signal: controller.signal });
  setImmediate(() => controller.abort(new Error('enough')));
  await expect(providing).rejects.toThrow('enough');
  expect(readdirSync(environmentsDir)).toEqual([]);
});

test('An environment that was made a short while ago is used again, by several at once, and stays as it is.', async () => {
  const { environmentsDir, provisioner } = make(600_000);
  const [one, two] = await Promise.all([
    provisioner.provide(['helper'], python, {}),
    provisioner.provide(['helper'], python, {}),
  ]);
  expect(one.python).toBe(two.python);
  const extended = await one.extend!(['more'], { askedBy: 'get_requires_for_build_wheel' });
  expect(imports(extended.python, 'more')).toBe(true);
  expect(imports(one.python, 'more')).toBe(false);
  for (const each of [one, two, extended]) await each.release();
  const again = await provisioner.provide(['helper'], python, {});
  expect(again.python).toBe(one.python);
  await again.release();
  expect(readdirSync(environmentsDir).filter((name) => name.endsWith('.complete'))).toHaveLength(2);
});

test('an old environment is made again, and while a build uses it the next build gets one of its own', async () => {
  const { environmentsDir, provisioner } = make(1000);
  const first = await provisioner.provide(['helper'], python, {});
  const mark = readdirSync(environmentsDir).find((name) => name.endsWith('.complete'))!;
  utimesSync(path.join(environmentsDir, mark), 1, 1);
  const second = await provisioner.provide(['helper'], python, {});
  expect(second.python).not.toBe(first.python);
  expect(imports(second.python, 'helper')).toBe(true);
  await second.release();
  await first.release();
  const third = await provisioner.provide(['helper'], python, {});
  expect(third.python).toBe(first.python);
  await third.release();
});
