// What becomes of generations: kept, retired, gone back to, verified.
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { beforeEach, describe, expect, test } from 'vitest';
import { openGenerations } from '../../src/generation/open-generations.ts';
import { chooseRetired } from '../../src/generation/retire.ts';
import {
  changeEnvironment,
  listGenerations,
  needsRecovery,
  readInstalledState,
  recoverEnvironment,
  rollBack,
  verifyEnvironment,
} from '../../src/index.ts';
import { clock, makeEnvironment, site, wheelTree } from '../environments.ts';

let dir: string;
let env: string;
beforeEach(() => {
  dir = temporaryDir();
  env = path.join(dir, 'env');
  mkdirSync(env);
  makeEnvironment(env);
});

const hour = 3_600_000;
const generationDir = (number: number) => path.join(env, '.wheelwright', 'generations', String(number));
const numbers = () => listGenerations(env).map(({ number }) => number);
const wheel = (name: string, version = '1.0') =>
  wheelTree(path.join(dir, 'store'), name, { version, data: { 'data/top/x': name } });
const install = (name: string, minutes: number, keepGenerations?: number) =>
  changeEnvironment(
    env,
    { add: [wheel(name)], remove: [], onConflict: 'last-wins' },
    { now: clock(minutes), keepGenerations, durability: 'none' },
  );

describe('a superseded generation', () => {
  const entries = (...hours: (number | undefined)[]) =>
    hours.map((at, index) => ({ number: index + 1, dir: '', committedMs: at === undefined ? undefined : at * hour }));

  test('stays for an hour, as one of the last two, and as the one with the highest number', () => {
    const rules = (current: number, nowHours: number, keep = 2) => ({ current, keep, nowMs: nowHours * hour });
    expect(chooseRetired(entries(0, 1, 2, 3), rules(4, 10))).toEqual([1, 2]);
    expect(chooseRetired(entries(0, 1, 2, 3), rules(4, 10, 3))).toEqual([1]);
    expect(chooseRetired(entries(0, 1, 2, 3), rules(4, 3))).toEqual([1, 2]);
    expect(chooseRetired(entries(0, 1, 2.5, 3), rules(4, 3))).toEqual([1]);
    // Gone back from 4 to 1: the one to go back to is 4.
    expect(chooseRetired(entries(4, 1, 2, 3), rules(1, 10))).toEqual([2, 3]);
    // Gone back twice: 4 is no longer one of the last two, but its number is not to be given again.
    expect(chooseRetired(entries(5, 4, 2, 3), rules(1, 10))).toEqual([3]);
    expect(chooseRetired(entries(0, undefined, 2, 3), rules(4, 10))).toEqual([1]);
  });

  test('goes when its time has come, and not while a process has it open', async () => {
    await install('a', 1);
    await install('b', 2);
    expect(numbers()).toEqual([1, 2, 3]);
    const fd = openSync(generationDir(1), 'r');
    try {
      expect([...openGenerations(path.join(env, '.wheelwright', 'generations'))]).toEqual([1]);
      expect(await install('c', 1000)).toMatchObject({ generation: 4, retired: [2] });
    } finally {
      closeSync(fd);
    }
    expect(await install('d', 2000)).toMatchObject({ generation: 5, retired: [1, 3] });
    expect(readdirSync(path.join(env, '.wheelwright'))).toEqual(['current', 'format', 'generations']);
    expect(await install('e', 3000, 3)).toMatchObject({ generation: 6, retired: [] });
  });
});

describe('a rollback', () => {
  test('goes back and forth, with the links at the top, and the next number is new', async () => {
    await install('a', 1);
    expect(readFileSync(path.join(env, 'top/x'), 'utf8')).toBe('a');
    expect(await rollBack(env, undefined, { now: clock(2) })).toEqual({ generation: 1, from: 2 });
    expect(existsSync(path.join(env, 'top'))).toBe(false);
    expect(readInstalledState(env).distributions).toEqual([]);
    expect(await rollBack(env, undefined, { now: clock(3) })).toEqual({ generation: 2, from: 1 });
    expect(readFileSync(path.join(env, 'top/x'), 'utf8')).toBe('a');
    await rollBack(env, 1, { now: clock(4) });
    expect(await install('b', 5)).toMatchObject({ generation: 3 });
    expect(readInstalledState(env).distributions.map(({ name }) => name)).toEqual(['b']);
  });

  test('passes over half of a repair by itself, and goes there when it is named', async () => {
    await install('a', 1);
    await install('b', 2);
    const completing = { now: clock(3), completes: 3 };
    await changeEnvironment(env, { add: [wheel('c')], remove: [], onConflict: 'last-wins' }, completing);
    expect(await rollBack(env, undefined, { now: clock(4) })).toEqual({ generation: 2, from: 4 });
    expect(await rollBack(env, undefined, { now: clock(5) })).toEqual({ generation: 4, from: 2 });
    expect(await rollBack(env, 3, { now: clock(6) })).toEqual({ generation: 3, from: 4 });
  });

  test('to what is not there, or never was current, is refused', async () => {
    mkdirSync(generationDir(7));
    for (const number of [7, 9, undefined]) {
      await expect(rollBack(env, number)).rejects.toMatchObject({ code: 'INSTALL_NO_SUCH_GENERATION' });
    }
  });

  test('to the current one is nothing to do', async () => {
    expect(await rollBack(env, 1)).toEqual({ generation: 1, from: 1 });
  });
});

describe('recovery', () => {
  test('finishes what was committed, undoes what was not, and tells', async () => {
    await install('a', 1);
    unlinkSync(path.join(generationDir(2), '.committed'));
    mkdirSync(path.join(generationDir(3), site), { recursive: true });
    const root = path.join(env, '.wheelwright');
    symlinkSync('generations/3', path.join(root, '.current.1-abc.partial'));
    mkdirSync(path.join(root, 'trash', '9', 'x'), { recursive: true });
    symlinkSync('.wheelwright/current/gone', path.join(env, 'gone'));
    symlinkSync('/elsewhere', path.join(env, 'mine'));
    expect(needsRecovery(env)).toBe(true);
    expect(verifyEnvironment(env).problems).toMatchObject([{ kind: 'unfinished' }]);
    expect(await recoverEnvironment(env)).toMatchObject({ finished: 2, undone: [3] });
    expect(needsRecovery(env)).toBe(false);
    expect(readdirSync(root)).toEqual(['current', 'format', 'generations']);
    expect(readdirSync(env)).toContain('mine');
    expect(readdirSync(env)).not.toContain('gone');
    expect(await recoverEnvironment(env)).toEqual({ finished: undefined, undone: [], removed: [] });
  });
});

describe('verification', () => {
  test('finds what is missing, modified, unowned, twice there and without RECORD', async () => {
    await install('a', 1);
    await install('b', 2);
    const at = (file: string) => path.join(env, site, file);
    unlinkSync(at('a/mod.py'));
    unlinkSync(at('a/__init__.py'));
    writeFileSync(at('a/__init__.py'), 'version = 2\n');
    writeFileSync(at('stray.py'), '');
    mkdirSync(at('b-0.9.dist-info'));
    writeFileSync(at('b-0.9.dist-info/METADATA'), 'Name: b\nVersion: 0.9\n');
    unlinkSync(at('_wheelwright_pin.py'));
    const found = verifyEnvironment(env).problems.map(
      ({ kind, path: file, owners }) => `${kind} ${file.slice(site.length + 1)} ${owners.join()}`,
    );
    expect(found.sort()).toEqual([
      'duplicate b-1.0.dist-info b',
      'missing _wheelwright_pin.py wheelwright',
      'missing a/mod.py a',
      'modified a/__init__.py a',
      'no-record b-0.9.dist-info b',
      'unowned stray.py ',
    ]);
    // Installing it again puts right what is its own.
    const add = [wheel('a'), wheel('b')];
    await changeEnvironment(env, { add, remove: [], force: true, onConflict: 'last-wins' });
    expect(verifyEnvironment(env).problems).toMatchObject([{ kind: 'unowned' }]);
    rmSync(at('stray.py'));
  });
});
