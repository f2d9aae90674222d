// What is done to environments that share their packages, with a crash and with an error at every mutation of the disk:
// in the environment and in the data directory that others lead into as well.
import { existsSync, lstatSync, mkdirSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Fs, nodeFs, removeTree } from '@wheelwright/atomic-fs';
import { isCodedError } from '@wheelwright/errors';
import { forEveryCrash, forEveryError } from '@wheelwright/testkit/every-crash';
import { copyTreeExactly, memoryDir } from '@wheelwright/testkit/temporary';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  type ChangeOptions,
  changeEnvironment,
  type EnvironmentChange,
  exportEnvironment,
  pruneShared,
  rollBack,
  verifyEnvironment,
  type WheelTree,
} from '../../src/index.ts';
import { clock, readTree, site, type WheelTreeOptions, wheelTree } from '../environments.ts';
import { makeSharedEnvironment, sharingIn } from '../sharing.ts';

let dir: string;
let env: string;
let other: string;
let data: string;
let wheels: WheelTree[];
let options: ChangeOptions;

const wheel = (name: string, given: WheelTreeOptions = {}) => {
  const made = wheelTree(path.join(dir, 'store'), name, given);
  wheels.push(made);
  return made;
};
const one = () => wheel('one', { files: { 'one.py': '1' }, scripts: { go: 'one:main' }, data: { 'data/top/x': '1' } });
const two = (version = '1.0') => wheel('two', { version, files: { 'two.py': `v = '${version}'\n`, 'ns/two.py': '2' } });

/** A disk on which every sync is counted and none is waited for: what a power cut takes is another test. */
const quickFs = { ...nodeFs, fsync: () => undefined, syncFileSystem: () => true };

// Two environments that share one and two; the data directory knows one alone as well.
beforeEach(async () => {
  dir = memoryDir();
  [env, other, data] = ['env', 'other', 'data'].map((name) => path.join(dir, 'now', name)) as [string, string, string];
  for (const made of [path.join(dir, 'now'), env, other]) mkdirSync(made);
  for (const made of [env, other]) makeSharedEnvironment(made);
  wheels = [];
  options = { sharing: sharingIn(data, wheels), fs: quickFs, now: clock(30), keepGenerations: 9 };
  await changeEnvironment(env, { add: [one()], remove: [] }, options);
  await changeEnvironment(env, { add: [two()], remove: [] }, options);
  await changeEnvironment(other, { add: [one(), two()], remove: [] }, options);
  save();
});

const three = () =>
  wheel('three', {
    files: { 'three.py': '3', 'ns/three.py': '3' },
    scripts: { three: 'three:main' },
    data: { 'scripts/body': '#!python\n', 'scripts/tool': 'x' },
    executable: ['three-1.0.data/scripts/tool'],
    bytecode: { '__pycache__/three.cpython-311.pyc': 'code' },
  });
const changes: readonly (readonly [string, number, () => EnvironmentChange])[] = [
  ['an install of a set that no environment has', 100, () => ({ add: [three()], remove: [] })],
  ['an upgrade', 30, () => ({ add: [two('2.0')], remove: [] })],
  ['an uninstall that leaves what is known', 20, () => ({ add: [], remove: [two().name] })],
];

describe.each(changes)('%s', (title, most, makeChange) => {
  const finish = async (change: EnvironmentChange, after: Whole) => {
    await changeEnvironment(env, (state) => without(change, state.distributions), options);
    expect(readWhole(env)).toEqual(after);
    expectQuiet(env);
  };

  test.each(title.includes('install of') ? [true, false] : [true])(
    'that crashes anywhere reads as old or new, and the next one leaves nothing over (native calls: %s)',
    async (native) => {
      const change = makeChange();
      const before = readWhole(env);
      await changeEnvironment(env, change, options);
      const after = readWhole(env);
      const points = await forEveryCrash({
        inner: quickFs,
        native,
        hows: !native || title === 'an upgrade' ? ['after'] : ['before', 'after', 'torn'],
        setUp: restore,
        run: (fs) => changeEnvironment(env, change, { ...options, fs }),
        check: async (_n, _context, { how }) => {
          expect([before, after]).toContainEqual(readWhole(env));
          expect(readWhole(other)).toEqual(before);
          // What the environment leads to is kept, whatever else is swept.
          if (how === 'before') {
            const now = readWhole(env);
            await pruneShared(data, { fs: quickFs, unusedForMs: 0 });
            expect(readWhole(env)).toEqual(now);
          }
          await finish(change, after);
        },
      });
      expect(points).toBeGreaterThan(most);
    },
  );

  test.skipIf(title === 'an upgrade')('that meets an error is undone, or done', async () => {
    const change = makeChange();
    const before = readWhole(env);
    await changeEnvironment(env, change, options);
    const after = readWhole(env);
    await forEveryError({
      inner: quickFs,
      errors: ['ENOSPC'],
      setUp: restore,
      run: (fs) => changeEnvironment(env, change, { ...options, fs }),
      check: async (_n, _context, { thrown }) => {
        const committed = thrown === undefined || (isCodedError(thrown) && thrown.data.committed === true);
        expect(readWhole(env)).toEqual(committed ? after : before);
        await finish(change, after);
      },
    });
  });
});

const others: readonly (readonly [string, (fs: Fs) => Promise<unknown>])[] = [
  ['an export', (fs) => exportEnvironment(env, { ...options, fs })],
  ['a rollback', (fs) => rollBack(env, 2, { fs, now: clock(60) })],
];

test.each(others)('%s that crashes anywhere reads as old or new, and can be repeated', async (_title, run) => {
  const before = readWhole(env);
  await run(quickFs);
  const after = readWhole(env);
  await forEveryCrash({
    inner: quickFs,
    setUp: restore,
    run,
    check: async () => {
      expect([before, after]).toContainEqual(readWhole(env));
      await run(quickFs);
      expect(readWhole(env)).toEqual(after);
      expectQuiet(env);
    },
  });
});

test.skipIf(process.getuid?.() !== 0)(
  'what was changed is replaced by what it was, and a crash leaves either, for everyone who leads there',
  async () => {
    const clean = readWhole(other);
    writeFileSync(path.join(other, site, 'poison.py'), '');
    const changed = readWhole(env);
    save();
    await forEveryCrash({
      inner: quickFs,
      hows: ['after'],
      setUp: restore,
      run: (fs) => changeEnvironment(env, { add: [two()], remove: [] }, { ...options, fs }),
      check: async () => {
        expect([clean, changed]).toContainEqual(readWhole(env));
        expect([clean, changed]).toContainEqual(readWhole(other));
        await changeEnvironment(other, { add: [two()], remove: [] }, options);
        for (const one of [env, other]) expect(readWhole(one)).toEqual(clean);
        expectQuiet(env, other);
      },
    });
  },
);

test('a prune that crashes anywhere takes nothing from anyone', async () => {
  const before = readWhole(other);
  removeTree(env);
  save();
  await forEveryCrash({
    inner: quickFs,
    setUp: restore,
    run: (fs) => pruneShared(data, { fs, unusedForMs: 0 }),
    check: async () => {
      expect(readWhole(other)).toEqual(before);
      await pruneShared(data, { fs: quickFs, unusedForMs: 0 });
      expect(readdirSync(path.join(data, 'shared'))).toHaveLength(1);
      expect(readdirSync(path.join(data, 'roots'))).toHaveLength(1);
      expect(verifyEnvironment(other).problems).toEqual([]);
    },
  });
});

type Whole = Record<string, string>;

/** What an environment holds as anyone sees it: through its pointer, and through what that leads to. */
function readWhole(environmentDir: string): Whole {
  const current = path.join(environmentDir, '.wheelwright', 'current');
  const found: Whole = {};
  const add = (prefix: string, tree: Record<string, string>) => {
    for (const [name, text] of Object.entries(tree)) found[`${prefix}${name}`] = text.replaceAll(environmentDir, 'ENV');
  };
  for (const entry of readdirSync(`${current}/`, { withFileTypes: true })) {
    const at = path.join(current, entry.name);
    if (entry.isFile() || entry.name === 'lib64') continue;
    if (lstatSync(`${at}/`).isDirectory()) add(`${entry.name}/`, readTree(`${at}/`));
  }
  // A program is a link in one layout and a file in the other.
  for (const [name, text] of Object.entries(found)) {
    const target = text.startsWith('-> /') ? readlinkSync(path.join(current, name)) : '';
    if (target.startsWith(data)) found[name] = readTree(path.dirname(target))[path.basename(target)] ?? '';
  }
  return found;
}

function without(change: EnvironmentChange, present: readonly { readonly name: string }[]): EnvironmentChange {
  const names = new Set(present.map(({ name }) => name));
  return { ...change, remove: change.remove.filter((name) => names.has(name)) };
}

/** The environments are as their RECORDs say, with nothing left over. */
function expectQuiet(...environments: readonly string[]): void {
  for (const at of environments) {
    expect(verifyEnvironment(at).problems).toEqual([]);
    expect(readdirSync(path.join(at, '.wheelwright')).sort()).toEqual(['current', 'format', 'generations']);
    expect(readdirSync(at).filter((name) => !existsSync(path.join(at, name)))).toEqual([]);
  }
}

function save(): void {
  copyTreeExactly(path.join(dir, 'now'), path.join(dir, 'then'));
}

function restore(): void {
  copyTreeExactly(path.join(dir, 'then'), path.join(dir, 'now'));
}
