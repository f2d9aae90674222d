// What lost a path under last-wins: kept with the generation, carried along, and back when the winner lets go.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { NormalizedName } from '@wheelwright/packaging';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { beforeEach, expect, test } from 'vitest';
import {
  changeEnvironment,
  type EnvironmentChange,
  InstallError,
  listGenerations,
  planRepair,
  readInstalledState,
  verifyEnvironment,
  type WheelTree,
} from '../src/index.ts';
import { makeEnvironment, site, type WheelTreeOptions, wheelTree } from './environments.ts';

let env: string;
let dir: string;
const wheel = (name: string, content: string, options: WheelTreeOptions = {}) =>
  wheelTree(path.join(dir, 'store'), name, {
    files: { 'ns/shared.py': content, [`ns/${name}.py`]: name },
    ...options,
  });
const read = (file = `${site}/ns/shared.py`) => readFileSync(path.join(env, file), 'utf8');

const change = async (wanted: Partial<EnvironmentChange>) => {
  await changeEnvironment(env, { add: [], remove: [], ...wanted });
  expect(verifyEnvironment(env).problems).toEqual([]);
};
const install = (add: readonly WheelTree[], onConflict: 'error' | 'last-wins' = 'last-wins') =>
  change({ add, onConflict });
const remove = (...names: readonly string[]) => change({ remove: names as readonly NormalizedName[] });
const recorded = (name: string) =>
  readInstalledState(env)
    .distributions.find((owner) => owner.name === name)
    ?.files?.find((file) => file.path === `${site}/ns/shared.py`)?.sha256;
const keptCount = () => {
  const kept = path.join(env, '.wheelwright/current/.wheelwright/kept');
  return existsSync(kept) ? readdirSync(kept).length - 1 : 0;
};

beforeEach(() => {
  dir = temporaryDir();
  env = path.join(dir, 'env');
  mkdirSync(env);
  makeEnvironment(env);
});

test('The loser of one command comes back when the winner is uninstalled, after generations that had to do with neither.', async () => {
  await install([wheel('b', 'of b'), wheel('a', 'of a')]);
  expect(read()).toBe('of b');
  expect(recorded('a')).toBe(recorded('b'));
  await install([wheel('other', '', { files: { 'other.py': '' } })], 'error');
  await remove('other');
  expect(read()).toBe('of b');
  await remove('b');
  expect(read()).toBe('of a');
  expect(keptCount()).toBe(0);
  await remove('a');
  expect(existsSync(path.join(env, site, 'ns'))).toBe(false);
});

test('the distribution that was installed first loses to a later one, and comes back', async () => {
  await install([wheel('z', 'of z')]);
  await install([wheel('a', 'of a')]);
  expect(read()).toBe('of a');
  await remove('a');
  expect(read()).toBe('of z');
});

test('It comes back when the winner is replaced by a version that does not claim the path.', async () => {
  await install([wheel('a', 'of a'), wheel('b', 'of b')]);
  await install([wheel('b', '', { version: '2.0', files: { 'b.py': '' } })], 'error');
  expect(read()).toBe('of a');
  expect(keptCount()).toBe(0);
});

test('An upgrade of winner or loser does not make a new conflict, and changes nothing about who won.', async () => {
  await install([wheel('a', 'of a'), wheel('b', 'of b')]);
  await install([wheel('a', 'of a2', { version: '2.0' })], 'error');
  expect(read()).toBe('of b');
  await install([wheel('b', 'of b2', { version: '2.0' })], 'error');
  expect(read()).toBe('of b2');
  expect(recorded('a')).toBe(recorded('b'));
  await expect(install([wheel('c', 'of c')], 'error')).rejects.toBeInstanceOf(InstallError);
  await remove('b');
  expect(read()).toBe('of a2');
});

test('several losers come back one after the other, the last by name first', async () => {
  await install([wheel('a', 'of a'), wheel('b', 'of b'), wheel('c', 'of c')]);
  expect(read()).toBe('of c');
  await remove('c');
  expect(read()).toBe('of b');
  await remove('b');
  expect(read()).toBe('of a');
});

test('A loser that is uninstalled leaves nothing, and one that brings the same content as the winner is none any more.', async () => {
  await install([wheel('a', 'of a'), wheel('b', 'of b')]);
  await remove('a');
  expect([read(), keptCount()]).toEqual(['of b', 0]);
  await install([wheel('a', 'of b', { version: '2.0' })], 'error');
  await remove('b');
  expect(read()).toBe('of b');
});

test('Commands come back with what they start: entry points, Python files and programs.', async () => {
  const files = (name: string) => ({ [`${name}.py`]: '' });
  const a = wheel('a', '', { files: files('a'), scripts: { one: 'a:main', two: 'a:main', three: 'a:main' } });
  const b = wheel('b', '', {
    files: files('b'),
    data: { 'scripts/two': '#!python\nprint("b")\n', 'scripts/three': '#!/bin/sh\necho b\n' },
    scripts: { one: 'b:main' },
  });
  const rows = () =>
    read(`${site}/_wheelwright_scripts.txt`)
      .split('\n')
      .slice(1)
      .filter((row) => row !== '');
  await install([a, b]);
  expect(rows()).toEqual(['one\tentry-point\tb:main', 'two\tbody\tb-1.0.dist-info/scripts/two']);
  expect(read('bin/three')).toBe('#!/bin/sh\necho b\n');
  await remove('b');
  expect(rows()).toEqual(['one', 'three', 'two'].map((name) => `${name}\tentry-point\ta:main`));
  expect(read('bin/three')).toContain('_wheelwright_scripts.run("three"');
  await remove('a');
  // The other way round: files lose to entry points, and come back as files.
  await install([b]);
  await install([a]);
  expect(rows()).toEqual(['one', 'three', 'two'].map((name) => `${name}\tentry-point\ta:main`));
  await remove('a');
  expect(rows()).toEqual(['one\tentry-point\tb:main', 'two\tbody\tb-1.0.dist-info/scripts/two']);
  expect(read('bin/three')).toBe('#!/bin/sh\necho b\n');
});

test('Damage of kept content is reported, and its owner is what to install again.', async () => {
  await install([wheel('a', 'of a'), wheel('b', 'of b')]);
  const kept = path.join(env, '.wheelwright/current/.wheelwright/kept');
  for (const name of readdirSync(kept)) if (name !== 'index.json') rmSync(path.join(kept, name));
  expect(verifyEnvironment(env).problems).toMatchObject([{ kind: 'missing', owners: ['a'] }]);
  expect(planRepair(env).reinstall.map(({ name }) => name)).toEqual(['a']);
  await change({ add: [wheel('a', 'of a')], force: true });
  expect(read()).toBe('of b');
  await remove('b');
  expect(read()).toBe('of a');
});

test('An index of what is kept that leads out of the environment gives nothing back.', async () => {
  await install([wheel('a', 'of a'), wheel('b', 'of b')]);
  const index = path.join(env, '.wheelwright/current/.wheelwright/kept/index.json');
  const text = readFileSync(index, 'utf8');
  rmSync(index);
  writeFileSync(index, text.replace(`${site}/ns/shared.py`, '../../../../escaped.py'));
  await changeEnvironment(env, { add: [], remove: ['b' as NormalizedName] });
  expect(existsSync(path.join(dir, 'escaped.py'))).toBe(false);
});

test('An index of what is kept that a newer version wrote refuses every change, and is left as it is.', async () => {
  await install([wheel('a', 'of a'), wheel('b', 'of b')]);
  const index = path.join(env, '.wheelwright/current/.wheelwright/kept/index.json');
  const text = readFileSync(index, 'utf8').replace('"format":1', '"format":2');
  rmSync(index);
  writeFileSync(index, text);
  const refused = { code: 'INSTALL_NEWER_DATA', hint: expect.stringContaining('a newer one') };
  const wanted = { add: [wheel('c', 'of c')], remove: [], onConflict: 'last-wins' } as const;
  await expect(changeEnvironment(env, wanted)).rejects.toMatchObject(refused);
  expect(() => verifyEnvironment(env)).toThrow(expect.objectContaining(refused));
  expect(readFileSync(index, 'utf8')).toBe(text);
  expect(listGenerations(env)).toHaveLength(2);
});
