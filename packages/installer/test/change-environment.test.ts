import { existsSync, lstatSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  changeEnvironment,
  listGenerations,
  readInstalledState,
  verifyEnvironment,
  type WheelTree,
} from '../src/index.ts';
import { makeEnvironment, readThrough, readTree, site, type WheelTreeOptions, wheelTree } from './environments.ts';

let dir: string;
let env: string;
beforeEach(() => {
  dir = temporaryDir();
  mkdirSync(path.join(dir, 'env'));
  env = makeEnvironment(path.join(dir, 'env'));
});

const wheel = (name: string, options: WheelTreeOptions = {}): WheelTree =>
  wheelTree(path.join(dir, 'store'), name, options);
const install = (...add: WheelTree[]) => changeEnvironment(env, { add, remove: [] });
const problems = () => verifyEnvironment(env).problems;

describe('a wheel that is installed', () => {
  test('is linked from its tree, listed, and as its RECORD says', async () => {
    const one = wheel('one', { requested: true, directUrl: '{"url":"file:///x"}' });
    const result = await install(one);
    expect(result).toMatchObject({ generation: 2, committed: true, installed: [{ name: 'one', version: '1.0' }] });
    expect(statSync(path.join(env, site, 'one/mod.py')).ino).toBe(statSync(path.join(one.treeDir, 'one/mod.py')).ino);
    const info = (name: string) => readFileSync(path.join(env, site, 'one-1.0.dist-info', name), 'utf8');
    expect(info('INSTALLER')).toBe('wheelwright\n');
    expect(info('REQUESTED')).toBe('');
    expect(info('direct_url.json')).toBe('{"url":"file:///x"}');
    expect(info('RECORD').split('\n')).toEqual([...info('RECORD').split('\n').slice(0, -1).sort(), '']);
    expect(info('RECORD')).toContain('one-1.0.dist-info/RECORD,,\n');
    expect(problems()).toEqual([]);
    expect(readInstalledState(env).distributions).toMatchObject([
      { name: 'one', wheelSha256: one.sha256, requested: true },
    ]);
  });

  test('is left alone when the very same wheel is there, unless it is forced', async () => {
    const one = wheel('one');
    await install(one);
    expect(await install(one)).toMatchObject({ committed: false, generation: 2, unchanged: [{ name: 'one' }] });
    expect(await changeEnvironment(env, { add: [one], remove: [], force: true })).toMatchObject({
      committed: true,
      generation: 3,
    });
    expect(problems()).toEqual([]);
  });

  test.each([
    ['./tool', 'tool'],
    ['sub/../tool', 'tool'],
    ['sub\\tool', 'sub\\tool'],
    ['to\x01ol', 'to\x01ol'],
  ])('has the script %j, which goes with it', async (name, file) => {
    await install(wheel('one', { scripts: { [name]: 'one:main' } }));
    expect(readFileSync(path.join(env, 'bin', file), 'utf8')).toContain(`run(${JSON.stringify(file)}, globals())`);
    expect(problems()).toEqual([]);
    await changeEnvironment(env, { add: [], remove: [wheel('one').name] });
    expect(existsSync(path.join(env, 'bin', file))).toBe(false);
    expect(problems()).toEqual([]);
  });

  test('goes into all schemes, and new names at the top get their link', async () => {
    await install(
      wheel('one', {
        data: {
          'purelib/a.py': 'a\n',
          'platlib/b.py': 'b\n',
          'headers/one.h': 'h\n',
          'data/share/doc/one.txt': 'd\n',
          'data/man/one.1': 'm\n',
          'scripts/one-sh': '#!/bin/sh\n',
        },
      }),
    );
    const tree = readThrough(env);
    expect(tree).toMatchObject({
      [`${site}/a.py`]: 'a\n',
      [`${site}/b.py`]: 'b\n',
      'include/site/python3.11/one/one.h': 'h\n',
      'share/doc/one.txt': 'd\n',
      'bin/one-sh': '#!/bin/sh\n',
    });
    expect(readFileSync(path.join(env, 'man/one.1'), 'utf8')).toBe('m\n');
    expect(statSync(path.join(env, 'bin/one-sh')).mode & 0o111).toBe(0o111);
    expect(problems()).toEqual([]);
    await changeEnvironment(env, { add: [], remove: [wheel('one').name] });
    expect(lstatSync(path.join(env, 'man'), { throwIfNoEntry: false })).toBeUndefined();
  });

  test('has stubs for its commands, also for a Python script, and the map says what they start', async () => {
    await install(wheel('one', { scripts: { go: 'one.mod:main' }, data: { 'scripts/body': '#!python\nprint(1)\n' } }));
    await install(wheel('two', { scripts: { two: 'two:main' } }));
    const tree = readThrough(env);
    expect(tree['bin/go']).toMatch(/^#!.*\/env\/bin\/python\n/);
    expect(tree['bin/body']).toContain('_wheelwright_scripts.run("body"');
    expect(tree[`${site}/one-1.0.dist-info/scripts/body`]).toBe('#!python\nprint(1)\n');
    expect(tree[`${site}/_wheelwright_scripts.txt`]).toContain(
      'body\tbody\tone-1.0.dist-info/scripts/body\ngo\tentry-point\tone.mod:main\ntwo\tentry-point\ttwo:main\n',
    );
    expect(problems()).toEqual([]);
    await changeEnvironment(env, { add: [], remove: [wheel('one').name] });
    expect(Object.keys(readThrough(env)).filter((name) => name.startsWith('bin/'))).toEqual(['bin/python', 'bin/two']);
    expect(problems()).toEqual([]);
  });

  test('brings its byte-code, which goes with its source', async () => {
    const old = wheel('one', { bytecode: { 'one/__pycache__/mod.cpython-311.pyc': 'old' } });
    await install(old);
    expect(readThrough(env)).toMatchObject({ [`${site}/one/__pycache__/mod.cpython-311.pyc`]: 'old' });
    await install(wheel('two'));
    expect(readThrough(env)).toMatchObject({ [`${site}/one/__pycache__/mod.cpython-311.pyc`]: 'old' });
    await install(wheel('one', { version: '2.0' }));
    expect(Object.keys(readThrough(env)).filter((name) => name.includes('__pycache__'))).toEqual([]);
  });
});

describe('a change', () => {
  test('upgrades, removes and adds as one transaction', async () => {
    await install(wheel('one'), wheel('two'), wheel('three'));
    const result = await changeEnvironment(env, {
      add: [wheel('one', { version: '2.0' }), wheel('four')],
      remove: [wheel('two').name],
    });
    expect(result).toMatchObject({
      generation: 3,
      installed: [{ name: 'four' }],
      removed: [{ name: 'two', version: '1.0' }],
      upgraded: [{ name: 'one', from: '1.0', to: '2.0' }],
    });
    expect(readInstalledState(env).distributions.map(({ name, version }) => `${name} ${version}`)).toEqual([
      'four 1.0',
      'one 2.0',
      'three 1.0',
    ]);
    expect(problems()).toEqual([]);
  });

  test('to exactly some keeps those named and nothing else', async () => {
    await install(wheel('one'), wheel('two'), wheel('pip'));
    const keep = [wheel('pip').name];
    await changeEnvironment(env, { add: [wheel('one')], remove: [], exact: { keep } });
    expect(readInstalledState(env).distributions.map(({ name }) => name)).toEqual(['one', 'pip']);
  });

  test('leaves an environment that has lost all of its distributions as it was when empty', async () => {
    const empty = readThrough(env);
    await install(wheel('one', { scripts: { go: 'one:main' }, data: { 'data/share/x/y': '1' } }));
    await changeEnvironment(env, { add: [], remove: [wheel('one').name] });
    expect(readThrough(env)).toEqual(empty);
  });

  test('adopts what others wrote before it, and keeps files without an owner', async () => {
    await install(wheel('one'));
    writeFileSync(path.join(env, site, 'mine.pth'), '/somewhere\n');
    symlinkSync('python', path.join(env, 'bin', 'python3'));
    mkdirSync(path.join(env, site, 'empty'));
    await install(wheel('two'));
    expect(readThrough(env)).toMatchObject({ [`${site}/mine.pth`]: '/somewhere\n', 'bin/python3': '-> python' });
    expect(existsSync(path.join(env, site, 'empty'))).toBe(true);
    expect(problems()).toEqual([{ kind: 'unowned', path: `${site}/mine.pth`, owners: [] }]);
  });

  test('gives each generation a newer time of site-packages', async () => {
    const now = () => new Date('2026-01-01T00:00:00Z');
    for (const name of ['a', 'b', 'c']) await changeEnvironment(env, { add: [wheel(name)], remove: [] }, { now });
    const times = listGenerations(env).map((generation) => statSync(path.join(generation.dir, site)).mtimeMs);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(new Set(times).size).toBe(4);
  });

  test('that fails before the commit leaves nothing at all', async () => {
    await install(wheel('one'));
    const before = readTree(env);
    const check = () => Promise.reject(new Error('it does not import'));
    const change = { add: [wheel('two', { data: { 'data/man/x': '' } })], remove: [] };
    await expect(changeEnvironment(env, change, { check })).rejects.toMatchObject({ code: 'INSTALL_CHECK_FAILED' });
    expect(readTree(env)).toEqual(before);
    const signal = AbortSignal.abort();
    await expect(changeEnvironment(env, change, { signal })).rejects.toMatchObject({ code: 'FSLOCK_ABORTED' });
    const abort = new AbortController();
    const late = async () => {
      abort.abort();
      return change;
    };
    await expect(changeEnvironment(env, late, { signal: abort.signal })).rejects.toMatchObject({
      code: 'INSTALL_ABORTED',
    });
    expect(readTree(env)).toEqual(before);
  });
});

test('A password in the address of a wheel is not kept with the command that named it.', async () => {
  const command = 'ww install https://ann:secret@example.invalid/one.whl';
  await changeEnvironment(env, { add: [wheel('one')], remove: [] }, { command });
  expect(listGenerations(env).at(-1)?.command).toBe('ww install https://****@example.invalid/one.whl');
});
