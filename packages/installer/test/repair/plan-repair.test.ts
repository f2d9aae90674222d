import { chmodSync, cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { beforeEach, expect, test } from 'vitest';
import { changeEnvironment, planRepair, verifyEnvironment } from '../../src/index.ts';
import { makeEnvironment, site, type WheelTreeOptions, wheelTree } from '../environments.ts';

let env: string;
let wheel: (name: string, options?: WheelTreeOptions) => ReturnType<typeof wheelTree>;
const at = (file: string) => path.join(env, site, file);

beforeEach(async () => {
  const dir = temporaryDir();
  env = path.join(dir, 'env');
  mkdirSync(env);
  makeEnvironment(env);
  wheel = (name, options = {}) => wheelTree(path.join(dir, 'store'), name, options);
  const add = [wheel('one', { requested: true, directUrl: '{"url":"file:///x.whl","archive_info":{}}' }), wheel('two')];
  await changeEnvironment(env, { add, remove: [] });
});

test('A whole environment needs no repair.', () => {
  expect(planRepair(env)).toEqual({ reinstall: [], discard: [], renew: [], left: [], whole: false });
});

test('A distribution with a file missing is to be installed again as it was, by its hash.', () => {
  rmSync(at('one/mod.py'));
  expect(planRepair(env).reinstall).toEqual([
    {
      name: 'one',
      version: '1.0',
      wheelSha256: wheel('one', { requested: true, directUrl: '{"url":"file:///x.whl","archive_info":{}}' }).sha256,
      requested: true,
      directUrl: '{"url":"file:///x.whl","archive_info":{}}',
      problems: [{ kind: 'missing', path: `${site}/one/mod.py`, owners: ['one'] }],
    },
  ]);
});

test('A RECORD that is gone, cut off or no RECORD leads to its distribution, and INSTALLER is not needed.', () => {
  rmSync(at('one-1.0.dist-info/RECORD'));
  rmSync(at('one-1.0.dist-info/INSTALLER'));
  chmodSync(at('two-1.0.dist-info/RECORD'), 0o644);
  writeFileSync(at('two-1.0.dist-info/RECORD'), 'two/__init__.py,sha256=');
  expect(planRepair(env).reinstall.map(({ name, wheelSha256 }) => [name, typeof wheelSha256])).toEqual([
    ['one', 'string'],
    ['two', 'string'],
  ]);
});

test('the installed version stays when two dist-infos have one name', () => {
  cpSync(at('one-1.0.dist-info'), at('one-2.0.dist-info'), { recursive: true });
  rmSync(at('one-2.0.dist-info/METADATA'));
  writeFileSync(at('one-2.0.dist-info/METADATA'), 'Metadata-Version: 2.1\nName: one\nVersion: 2.0\n');
  expect(planRepair(env).reinstall).toMatchObject([{ name: 'one', version: '1.0' }]);
});

test("Leftovers of pip go, the environment's own files are renewed, and files without an owner stay.", async () => {
  mkdirSync(at('~ip/sub'), { recursive: true });
  writeFileSync(at('~ip/sub/x.py'), '');
  mkdirSync(at('~umpy-1.0.dist-info'));
  writeFileSync(at('mine.py'), '');
  rmSync(at('_wheelwright_pin.py'));
  const plan = planRepair(env);
  expect(plan.reinstall).toEqual([]);
  expect(plan.discard).toEqual([`${site}/~ip`, `${site}/~umpy-1.0.dist-info`]);
  expect(plan.renew.map(({ path: file }) => file)).toEqual([`${site}/_wheelwright_pin.py`]);
  expect(plan.left.map(({ path: file }) => file)).toEqual([`${site}/mine.py`]);
  expect(await changeEnvironment(env, { add: [], remove: [], discard: plan.discard, renew: true })).toMatchObject({
    committed: true,
    generation: 3,
  });
  expect(verifyEnvironment(env).problems).toEqual([{ kind: 'unowned', path: `${site}/mine.py`, owners: [] }]);
});
