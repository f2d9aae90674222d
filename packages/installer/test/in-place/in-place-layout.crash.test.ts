// Environments that are changed in place, with a crash and with an error at every mutation of the disk, and with a crash
// in the recovery too: after it they are what they were or what was asked for.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Fs, nodeFs } from '@wheelwright/atomic-fs';
import { isCodedError } from '@wheelwright/errors';
import { normalizeName } from '@wheelwright/packaging';
import { crashingFs } from '@wheelwright/testkit/crashing-fs';
import { forEveryCrash, forEveryError } from '@wheelwright/testkit/every-crash';
import { copyTree, memoryDir } from '@wheelwright/testkit/temporary';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  type ChangeOptions,
  type CheckStaged,
  changeEnvironment,
  type EnvironmentChange,
  needsRecovery,
  readInstalledState,
  recoverEnvironment,
  verifyEnvironment,
} from '../../src/index.ts';
import { clock, readTree, site, type WheelTreeOptions, wheelTree } from '../environments.ts';
import { addGuest, makeVenv } from '../prefixes.ts';

let dir: string;
let env: string;
let template: string;
const wheel = (name: string, options: WheelTreeOptions = {}) => wheelTree(path.join(dir, 'store'), name, options);

/** A disk on which every sync is counted and none is waited for: what a power cut takes is another test. */
const quickFs = { ...nodeFs, fsync: () => undefined, syncFileSystem: () => true };
const options: ChangeOptions = { now: clock(720), fs: quickFs };

const cases: readonly Case[] = [
  {
    title: 'an install into a venv',
    change: () => ({
      add: [
        wheel('three', {
          files: { 'ns/three.py': '3', 'three.py': '3' },
          scripts: { three: 'three:main' },
          data: { 'scripts/body': '#!python\n', 'data/top/x': 'x' },
          bytecode: { '__pycache__/three.cpython-311.pyc': 'code' },
        }),
      ],
      remove: [],
    }),
    native: [true, false],
  },
  {
    title: 'an upgrade of what pip installed',
    change: () => ({
      add: [
        wheel('guest', {
          version: '2.0',
          files: { 'guest/__init__.py': 'two', 'guest/sub/new.py': 'n', 'ns/guest.py': '2' },
        }),
      ],
      remove: [],
    }),
    native: [true, false],
  },
  {
    title: 'an upgrade that changes neither the script nor one of two packages',
    change: () => ({
      add: [
        wheel('one', {
          version: '1.0.1',
          files: { 'one/__init__.py': "version = '1.0.1'\n", 'one/mod.py': 'x = 1\n', 'alike/x.py': 'new' },
          scripts: { go: 'one.mod:main' },
          data: { 'data/man/one.1': '1' },
        }),
      ],
      remove: [],
    }),
    native: [true, false],
  },
  { title: 'an uninstall', change: () => ({ add: [], remove: [normalizeName('one')] }), native: [true] },
  {
    title: 'a conflict that the policy resolves',
    change: () => ({
      add: [wheel('other', { files: { 'ns/guest.py': 'of other', 'other.py': 'o' } })],
      remove: [normalizeName('one')],
      onConflict: 'last-wins',
    }),
    native: [true],
  },
  {
    title: 'an install into a target directory',
    change: () => ({
      add: [wheel('one', { version: '2.0' }), wheel('tool', { scripts: { tool: 'tool:main' } })],
      remove: [],
    }),
    target: true,
    native: [true, false],
  },
  {
    title: 'an upgrade with a check',
    change: () => ({ add: [wheel('guest', { version: '2.0', files: { 'guest/__init__.py': 'two' } })], remove: [] }),
    check: true,
    native: [true],
  },
  {
    title: 'a checked install into a target directory',
    change: () => ({ add: [wheel('tool', { scripts: { tool: 'tool:main' } })], remove: [] }),
    target: true,
    check: true,
    native: [false],
  },
];

/** Stands for a check that leaves byte-code and other files behind. */
const check: CheckStaged = async ({ sitePackagesDir, shadow }) => {
  mkdirSync(`${sitePackagesDir}/guest/__pycache__`, { recursive: true });
  writeFileSync(`${sitePackagesDir}/guest/__pycache__/x.cpython-311.pyc`, 'code');
  writeFileSync(`${sitePackagesDir}/one/made.txt`, '');
  writeFileSync(path.join(shadow.scratchDir, 'answer'), '');
};

beforeEach(() => {
  dir = memoryDir();
  [env, template] = [path.join(dir, 'env'), path.join(dir, 'template')];
});

describe.each(cases)('$title', ({ change: makeChange, target, check: isChecked = false, native }) => {
  const common = { ...options, ...(isChecked ? { check } : {}) };
  const given: ChangeOptions = target ? { ...common, target: { python: '/usr/bin/python3' } } : common;
  const run = (change: EnvironmentChange, fs: Fs = quickFs) => changeEnvironment(env, change, { ...given, fs });

  const prepare = async (): Promise<Outcome> => {
    await makeTemplate({ ...given, check: undefined });
    copyTree(template, env);
    const before = readTree(env);
    const change = makeChange();
    await run(change);
    const after = readTree(env);
    expect(after).not.toEqual(before);
    expect(verifyEnvironment(env, given).problems).toEqual([]);
    return { before, after };
  };
  const finish = async (change: EnvironmentChange, { after }: Outcome) => {
    const present = new Set(readInstalledState(env, given).distributions.map(({ name }) => name));
    await run({ ...change, remove: change.remove.filter((name) => present.has(name)) });
    expect(readTree(env)).toEqual(after);
    expect(needsRecovery(env)).toBe(false);
    expect(verifyEnvironment(env, given).problems).toEqual([]);
  };

  test.each(native)('that crashes anywhere is old or new after recovery (native calls: %s)', async (native) => {
    const outcome = await prepare();
    const change = makeChange();
    const points = await forEveryCrash({
      inner: quickFs,
      native,
      // What is left after a call is what is left before the next one.
      hows: native ? ['before', 'torn'] : ['before'],
      setUp: () => copyTree(template, env),
      run: (fs) => run(change, fs),
      check: async (n) => {
        // The recovery dies too, once at every point that the loop comes by.
        if (n % 3 === 0) await crashingRecovery(1 + (n % 7), native);
        await recoverEnvironment(env, { target: given.target, fs: quickFs });
        expect([outcome.before, outcome.after]).toContainEqual(readTree(env));
        expect(needsRecovery(env)).toBe(false);
        await finish(change, outcome);
      },
    });
    expect(points).toBeGreaterThan(30);
  });

  test.each(native)(
    'that crashes anywhere recovers in a copy too, and is never refused (native calls: %s)',
    async (native) => {
      const outcome = await prepare();
      const change = makeChange();
      const copy = path.join(dir, 'copy');
      const points = await forEveryCrash({
        inner: quickFs,
        native,
        hows: ['before'],
        setUp: () => copyTree(template, env),
        run: (fs) => run(change, fs),
        check: async () => {
          // As a container's layer, rsync or a backup brings it: every inode another one, hard links apart.
          copyTree(env, copy);
          await recoverEnvironment(copy, { target: given.target, fs: quickFs });
          expect([outcome.before, outcome.after]).toContainEqual(readTree(copy));
          expect(needsRecovery(copy)).toBe(false);
        },
      });
      expect(points).toBeGreaterThan(30);
    },
  );

  test('that meets an error is undone, or done', async () => {
    const outcome = await prepare();
    const change = makeChange();
    const points = await forEveryError({
      inner: quickFs,
      errors: ['ENOSPC'],
      sticky: target ? [true, false] : [false],
      setUp: () => copyTree(template, env),
      run: (fs) => run(change, fs),
      check: async (_n, _context, { thrown }) => {
        const committed = thrown === undefined || (isCodedError(thrown) && thrown.data.committed === true);
        await recoverEnvironment(env, { target: given.target, fs: quickFs });
        expect(readTree(env)).toEqual(committed ? outcome.after : outcome.before);
        await finish(change, outcome);
      },
    });
    expect(points).toBeGreaterThan(60);
  });
});

test('a recovery may crash at every one of its points, again and again', async () => {
  await makeTemplate(options);
  copyTree(template, env);
  const change = cases[1]!.change();
  const before = readTree(env);
  await changeEnvironment(env, change, options);
  const after = readTree(env);
  const decision = await decisionOf(change);
  const points = await forEveryCrash({
    inner: quickFs,
    setUp: () => decideOnly(change, decision),
    run: (fs) => recoverEnvironment(env, { fs }),
    check: async () => {
      await recoverEnvironment(env, { fs: quickFs });
      expect([before, after]).toContainEqual(readTree(env));
    },
  });
  expect(points).toBeGreaterThan(10);
});

interface Case {
  readonly title: string;
  readonly change: () => EnvironmentChange;
  readonly target?: boolean;
  readonly check?: boolean;
  readonly native: readonly boolean[];
}

interface Outcome {
  readonly before: Record<string, string>;
  readonly after: Record<string, string>;
}

// What pip put there, what we did, and files without an owner.
async function makeTemplate(given: ChangeOptions): Promise<void> {
  const isTarget = given.target !== undefined;
  if (isTarget) mkdirSync(template);
  else makeVenv(template);
  const siteDir = isTarget ? template : path.join(template, site);
  addGuest(siteDir, 'guest', { files: { 'guest/__init__.py': 'one', 'guest/old.py': 'o', 'ns/guest.py': '1' } });
  mkdirSync(path.join(siteDir, 'guest/__pycache__'));
  writeFileSync(path.join(siteDir, 'guest/__pycache__/old.cpython-311.pyc'), 'code');
  writeFileSync(path.join(siteDir, 'ns/mine.txt'), 'no owner');
  if (!isTarget) writeFileSync(path.join(siteDir, 'guest-1.0.dist-info/RECORD'), recordWithMine(siteDir), 'utf8');
  const one = wheel('one', {
    files: { 'one/__init__.py': "version = '1.0'\n", 'one/mod.py': 'x = 1\n', 'alike/x.py': 'old' },
    scripts: { go: 'one.mod:main' },
    data: { 'data/man/one.1': '1' },
  });
  await changeEnvironment(template, { add: [one], remove: [] }, given);
}

// Every file of a venv needs an owner: the guest owns this one.
function recordWithMine(siteDir: string): string {
  const names = ['guest/__init__.py', 'guest/old.py', 'ns/guest.py', 'ns/mine.txt'];
  const info = ['METADATA', 'INSTALLER', 'RECORD'].map((name) => `guest-1.0.dist-info/${name}`);
  rmSync(path.join(siteDir, 'ns/mine.txt'));
  return [...names.slice(0, 3), ...info].map((name) => `${name},,\n`).join('');
}

async function crashingRecovery(crashAt: number, native: boolean): Promise<void> {
  const fs = crashingFs(quickFs, { crashAt, native });
  await recoverEnvironment(env, { fs }).catch((error: unknown) => {
    if (!fs.crashed) throw error;
  });
}

/** The call that decides. */
async function decisionOf(change: EnvironmentChange): Promise<number> {
  const counting = crashingFs(quickFs);
  copyTree(template, env);
  await changeEnvironment(env, change, { ...options, fs: counting });
  const index = counting.operations.findIndex((line) => /^rename .*transaction\/journal/.test(line));
  expect(index).toBeGreaterThan(0);
  return index + 1;
}

// The state right after it: the journal is there, and nothing was put in place.
async function decideOnly(change: EnvironmentChange, decision: number): Promise<void> {
  copyTree(template, env);
  const dying = crashingFs(quickFs, { crashAt: decision, how: 'after' });
  await expect(changeEnvironment(env, change, { ...options, fs: dying })).rejects.toThrow();
}
