// Environments that lead into what they share: one set is built once, changed only by a new one, and noticed when touched.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { type Fs, nodeFs, removeTree } from '@wheelwright/atomic-fs';
import { acquireLock } from '@wheelwright/fslock';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import {
  changeEnvironment,
  type EnvironmentChange,
  exportEnvironment,
  pruneShared,
  readInstalledState,
  rollBack,
  verifyEnvironment,
  type WheelTree,
} from '../../src/index.ts';
import { prepareArea, sharedArea } from '../../src/shared/data-directory.ts';
import { namedKeys } from '../../src/shared/roots.ts';
import { readThrough, readTree, site, type WheelTreeOptions, wheelTree } from '../environments.ts';
import { type CountedSharing, makeSharedEnvironment, sharedKeys, sharingIn } from '../sharing.ts';

let dir: string;
let data: string;
let sharing: CountedSharing;
let wheels: WheelTree[];

const wheel = (name: string, options: WheelTreeOptions = {}) => {
  const made = wheelTree(path.join(dir, 'store'), name, options);
  wheels.push(made);
  return made;
};
const one = () =>
  wheel('one', {
    scripts: { go: 'one.mod:main' },
    data: {
      'scripts/body': '#!python\nprint(1)\n',
      'scripts/tool': 'binary',
      'data/share/x/one.txt': '1',
      'data/top/one': '1',
    },
    executable: ['one-1.0.data/scripts/tool'],
    bytecode: { 'one/__pycache__/mod.cpython-311.pyc': 'code' },
  });
const two = (version = '1.0') => wheel('two', { version, files: { 'two.py': `v = '${version}'\n`, 'ns/two.py': '2' } });
const make = (name: string) => {
  const env = path.join(dir, name);
  mkdirSync(env);
  return makeSharedEnvironment(env);
};
const change = (env: string, given: Partial<EnvironmentChange>) =>
  changeEnvironment(env, { add: [], remove: [], ...given }, { sharing });

beforeEach(() => {
  dir = temporaryDir();
  data = path.join(dir, 'data');
  wheels = [];
  sharing = sharingIn(data, wheels);
  // Closed directories: only their owner's own removal opens them.
  onTestFinished(() => removeTree(data));
});

test('the wait for a process that sweeps the roots ends when the wait of the command does', async () => {
  const env = make('env');
  await change(env, { add: [one()] });
  const before = readThrough(env);
  const sweeping = await acquireLock(path.join(data, 'locks', 'roots'), { purpose: 'sweeping roots' });
  const waiting = changeEnvironment(env, { add: [two()], remove: [] }, { sharing, lockTimeoutMs: 1 });
  await expect(waiting).rejects.toMatchObject({ code: 'FSLOCK_TIMEOUT' });
  expect(readThrough(env)).toEqual(before);
  sweeping.release();
  expect(await change(env, { add: [two()] })).toMatchObject({ committed: true });
});

test('the same set in another environment, in whatever steps, is the same shared generation', async () => {
  const [a, b] = [make('a'), make('b')];
  expect(await change(a, { add: [one(), two()] })).toMatchObject({ generation: 2, committed: true });
  expect(sharing.built).toBe(1);
  await change(b, { add: [two('0.9')] });
  await change(b, { add: [one()] });
  expect(sharing.built).toBe(3);
  expect(await change(b, { add: [two()] })).toMatchObject({
    upgraded: [{ name: 'two', from: '0.9', to: '1.0' }],
    installed: [],
  });
  expect(sharing.built).toBe(3);
  const shared = (env: string) => realpathSync(path.join(env, 'lib'));
  expect(shared(a)).toBe(shared(b));
  expect(readFileSync(path.join(b, site, 'two.py'), 'utf8')).toBe("v = '1.0'\n");
  expect(readFileSync(path.join(b, 'share/x/one.txt'), 'utf8')).toBe('1');
  expect(readFileSync(path.join(b, 'top/one'), 'utf8')).toBe('1');
  for (const env of [a, b]) expect(readFileSync(path.join(env, 'bin/go'), 'utf8')).toContain(`#!${env}/bin/python\n`);
  expect(readFileSync(path.join(a, 'bin/tool'), 'utf8')).toBe('binary');
  for (const env of [a, b]) expect(verifyEnvironment(env).problems).toEqual([]);
  expect(readInstalledState(a).distributions.map(({ name, files }) => [name, files!.length])).toEqual([
    ['one', 13],
    ['two', 6],
  ]);
});

test('a removal leaves no empty directory, which Python would import as an empty package', async () => {
  const env = make('a');
  await change(env, { add: [wheel('bare'), two()] });
  // There from the start, empty, so that an interpreter has nothing to make.
  expect(existsSync(path.join(env, site, 'bare/__pycache__'))).toBe(true);
  await change(env, { remove: [wheel('bare').name] });
  expect(existsSync(path.join(env, site, 'bare'))).toBe(false);
  expect(existsSync(path.join(env, site, 'ns/__pycache__'))).toBe(true);
});

test('asked-for and address are part of the set', async () => {
  const env = make('a');
  const asked = { ...one(), requested: true };
  const direct = { ...one(), directUrl: '{"url": "file:///x", "dir_info": {"editable": true}}' };
  await change(env, { add: [one()] });
  await change(env, { add: [asked], force: true });
  await change(env, { add: [direct], force: true });
  expect(sharing.built).toBe(3);
  expect(readInstalledState(env).distributions).toMatchObject([{ editable: true, requested: false }]);
  await change(env, { add: [two()] });
  expect(readInstalledState(env).distributions).toMatchObject([{ editable: true, installer: 'wheelwright' }, {}]);
});

test('the files and directories of a shared generation are read-only', async () => {
  const env = make('a');
  await change(env, { add: [one()] });
  const shared = realpathSync(path.join(env, 'lib'));
  const modes = (at: string): number[] =>
    readdirSync(at, { withFileTypes: true }).flatMap((entry) => [
      statSync(path.join(at, entry.name)).mode & 0o222,
      ...(entry.isDirectory() ? modes(path.join(at, entry.name)) : []),
    ]);
  expect(new Set(modes(shared))).toEqual(new Set([0]));
});

test('removing, going back and forth, and nothing to do', async () => {
  const env = make('a');
  await change(env, { add: [one(), two()] });
  expect(await change(env, { add: [two()] })).toMatchObject({ committed: false, unchanged: [{ name: 'two' }] });
  await change(env, { remove: [one().name] });
  expect(existsSync(path.join(env, 'bin/go'))).toBe(false);
  expect(existsSync(path.join(env, 'top'))).toBe(false);
  expect(readdirSync(env)).not.toContain('top');
  expect(existsSync(path.join(env, 'share/x'))).toBe(false);
  expect(verifyEnvironment(env).problems).toEqual([]);
  await rollBack(env);
  expect(existsSync(path.join(env, 'bin/go'))).toBe(true);
  expect(readFileSync(path.join(env, 'top/one'), 'utf8')).toBe('1');
  await rollBack(env, 1);
  expect(readInstalledState(env).distributions).toEqual([]);
  await change(env, { add: [one(), two()] });
  expect(sharing.built).toBe(2);
});

test('a conflict is refused, and settled differently it is another generation', async () => {
  const [a, b] = [make('a'), make('b')];
  const other = wheel('other', { files: { 'two.py': 'other\n' } });
  await expect(change(a, { add: [two(), other] })).rejects.toMatchObject({ code: 'INSTALL_CONFLICT' });
  await change(a, { add: [two(), other], onConflict: 'last-wins' });
  expect(readFileSync(path.join(a, site, 'two.py'), 'utf8')).toBe("v = '1.0'\n");
  await change(b, { add: [two()] });
  await change(b, { add: [other], onConflict: 'last-wins' });
  expect(readFileSync(path.join(b, site, 'two.py'), 'utf8')).toBe('other\n');
  expect(readFileSync(path.join(a, site, 'two.py'), 'utf8')).toBe("v = '1.0'\n");
  for (const env of [a, b]) expect(verifyEnvironment(env).problems).toEqual([]);
});

test('the loser of a conflict comes back with its commands when the winner is removed', async () => {
  const env = make('a');
  const [first, second] = ['first', 'second'].map((name) =>
    wheel(name, { files: { 'both.py': name, [`${name}.py`]: '' }, scripts: { run: `${name}:main` } }),
  ) as [WheelTree, WheelTree];
  const both = path.join(env, site, 'both.py');
  const map = () => readFileSync(path.join(env, site, '_wheelwright_scripts.txt'), 'utf8');
  await change(env, { add: [first] });
  await change(env, { add: [second], onConflict: 'last-wins' });
  expect([readFileSync(both, 'utf8'), map()]).toEqual(['second', expect.stringContaining('second:main')]);
  expect(verifyEnvironment(env).problems).toEqual([]);
  await change(env, { remove: [second.name] });
  expect([readFileSync(both, 'utf8'), map()]).toEqual(['first', expect.stringContaining('first:main')]);
  expect(readFileSync(path.join(env, 'bin/run'), 'utf8')).toContain(`#!${env}/bin/python`);
  expect(verifyEnvironment(env).problems).toEqual([]);
  await exportEnvironment(env, { sharing });
  expect(verifyEnvironment(env).problems).toEqual([]);
});

test('an edit in place is put right for everyone by installing again', async () => {
  const [a, b] = [make('a'), make('b')];
  for (const env of [a, b]) await change(env, { add: [one(), two()] });
  const file = realpathSync(path.join(a, site, 'two.py'));
  const stored = readFileSync(file, 'utf8');
  chmodSync(file, 0o644);
  // The store has the same inode: what edits one edits the other, until a wheel is fetched again.
  rmSync(two().treeDir, { recursive: true });
  writeFileSync(file, 'edited\n');
  expect(verifyEnvironment(b).problems).toMatchObject([{ kind: 'modified', path: `${site}/two.py` }]);
  await change(a, { add: [two()], force: [two().name] });
  expect(readFileSync(path.join(b, site, 'two.py'), 'utf8')).toBe(stored);
  for (const env of [a, b]) expect(verifyEnvironment(env).problems).toEqual([]);
});

test('a file that another process wrote into the empty environment comes along, and is not shared', async () => {
  const [a, b] = [make('a'), make('b')];
  writeFileSync(path.join(a, site, 'mine.py'), 'mine\n');
  await change(a, { add: [two()] });
  await change(b, { add: [two()] });
  expect(readFileSync(path.join(a, site, 'mine.py'), 'utf8')).toBe('mine\n');
  expect(existsSync(path.join(b, site, 'mine.py'))).toBe(false);
  await change(a, { add: [one()] });
  expect(readFileSync(path.join(a, site, 'mine.py'), 'utf8')).toBe('mine\n');
});

test.skipIf(process.getuid?.() !== 0)(
  'what root wrote into it is reported, and removed by the next change',
  async () => {
    const [a, b] = [make('a'), make('b')];
    for (const env of [a, b]) await change(env, { add: [one(), two()] });
    const clean = readTree(realpathSync(path.join(a, 'lib')));
    writeFileSync(path.join(a, site, 'poison.py'), '');
    expect(verifyEnvironment(b).problems).toMatchObject([{ kind: 'modified', path: site }, { kind: 'unowned' }]);
    await change(b, { add: [two()] });
    expect(readTree(realpathSync(path.join(a, 'lib')))).toEqual(clean);
    for (const env of [a, b]) expect(verifyEnvironment(env).problems).toEqual([]);
    // Byte-code is everybody's.
    writeFileSync(path.join(a, site, 'one/__pycache__/x.cpython-311.opt-1.pyc'), '');
    const built = sharing.built;
    await change(make('c'), { add: [one(), two()] });
    expect(sharing.built).toBe(built);
  },
);

test('a missing shared generation is made again from the wheels, and a missing wheel is reported', async () => {
  const env = make('a');
  await change(env, { add: [one(), two()] });
  const before = readThrough(env);
  await pruneShared(data, { unusedForMs: 0 });
  removeTree(data);
  await change(env, { add: [two()] });
  expect(readThrough(env)).toEqual(before);
  expect(verifyEnvironment(env).problems).toEqual([]);
  removeTree(data);
  wheels.length = 0;
  await expect(changeEnvironment(env, { add: [], remove: [] }, { sharing })).rejects.toMatchObject({
    code: 'INSTALL_SHARED_LOST',
    data: { absent: ['one 1.0', 'two 1.0'] },
  });
});

test('an exported environment is own: it holds everything itself', async () => {
  const env = make('a');
  await change(env, { add: [one(), two()] });
  const before = readThrough(env);
  expect(await exportEnvironment(env, { sharing })).toMatchObject({ generation: 3, committed: true });
  expect(readdirSync(env)).not.toContain('pip.conf');
  expect(realpathSync(path.join(env, 'lib'))).toBe(path.join(realpathSync(env), '.wheelwright/generations/3/lib'));
  expect(readFileSync(path.join(env, 'bin/go'), 'utf8')).toContain(`#!${env}/bin/python`);
  expect(readFileSync(path.join(env, 'bin/tool'), 'utf8')).toBe('binary');
  expect(readlinkSync(path.join(env, 'bin/python'))).toBe(process.execPath);
  const inLib = readTree(path.join(env, '.wheelwright/current/lib'));
  expect(inLib[`python3.11/site-packages/two.py`]).toBe("v = '1.0'\n");
  expect(Object.keys(before)).toContain('lib');
  expect(verifyEnvironment(env).problems).toEqual([]);
  expect(await exportEnvironment(env)).toMatchObject({ committed: false });
  await changeEnvironment(env, { add: [two('2.0')], remove: [] });
  expect(verifyEnvironment(env).problems).toEqual([]);
  await rollBack(env, 2);
  expect(readThrough(env)).toEqual(before);
  expect(readdirSync(env)).toContain('pip.conf');
});

test('pruning keeps what a generation of any environment names, and removes the rest', async () => {
  const [a, b] = [make('a'), make('b')];
  await change(a, { add: [one()] });
  await change(b, { add: [two()] });
  await change(b, { add: [one()] });
  const keys = sharedKeys(data);
  expect(keys).toHaveLength(3);
  expect(await pruneShared(data, { unusedForMs: 0 })).toMatchObject({ removed: [] });
  expect(sharedKeys(data)).toEqual(keys);
  rmSync(b, { recursive: true });
  expect(await pruneShared(data)).toMatchObject({ removed: [expect.stringContaining('roots/')] });
  expect(sharedKeys(data)).toEqual(keys);
  const report = await pruneShared(data, { unusedForMs: 0 });
  expect([report.removed.length, report.inUse.length]).toEqual([2, 1]);
  expect(sharedKeys(data)).toHaveLength(1);
  expect(verifyEnvironment(a).problems).toEqual([]);
  const old = Date.now() / 1000 - 100;
  const manifest = path.join(data, 'shared', sharedKeys(data)[0]!, 'shared.json');
  utimesSync(manifest, old, old);
  rmSync(a, { recursive: true });
  expect((await pruneShared(data, { unusedForMs: 200_000 })).removed).toHaveLength(1);
  expect((await pruneShared(data, { unusedForMs: 50_000 })).removed).toHaveLength(1);
  expect(sharedKeys(data)).toEqual([]);
});

test('without a place to share in, nothing is changed', async () => {
  await expect(changeEnvironment(make('a'), { add: [two()], remove: [] })).rejects.toMatchObject({
    code: 'INSTALL_NO_SHARING',
  });
});

test('of two pruning processes the slower one skips what the faster one removed', async () => {
  const env = make('env');
  for (const version of ['1.0', '1.1', '1.2']) await change(env, { add: [two(version)] });
  removeTree(env);
  await pruneShared(data);
  const [first, second, third] = sharedKeys(data) as [string, string, string];
  let isFirst = true;
  const fs = new Proxy(nodeFs, {
    get: (disk, key: keyof Fs) => {
      if (key === 'mkdir' && isFirst) {
        isFirst = false;
        removeTree(path.join(data, 'shared', second));
      }
      return disk[key];
    },
  });
  const { removed } = await pruneShared(data, { fs, unusedForMs: 0 });
  expect(removed).toEqual([`shared/${first}`, `shared/${third}`]);
  expect([sharedKeys(data), readdirSync(path.join(data, 'locks'))]).toEqual([[], ['roots']]);
});

test('A root that goes while roots are read names nothing.', () => {
  const area = sharedArea(data);
  prepareArea(area, nodeFs);
  symlinkSync('gone', path.join(area.roots, 'listed'));
  expect(namedKeys(area)).toEqual(new Set());
});

test('An export beside a process that keeps writing is refused, and changes nothing.', async () => {
  const env = make('env');
  await change(env, { add: [one()] });
  const fs = new Proxy(nodeFs, {
    get: (disk, key: keyof Fs) => {
      if (key === 'symlink') writeFileSync(path.join(env, 'bin/late'), '');
      return disk[key];
    },
  });
  await expect(exportEnvironment(env, { fs, sharing })).rejects.toMatchObject({
    code: 'INSTALL_ENVIRONMENT_CHANGED',
    data: { committed: false },
  });
  expect(readInstalledState(env).shared).toBeDefined();
});

test('a directory that a wheel puts into bin is there, through a change of others and until its owner goes', async () => {
  const env = make('env');
  const helper = wheel('helper', { data: { 'data/bin/helper.d/part': 'part' } });
  await change(env, { add: [helper] });
  expect(readFileSync(path.join(env, 'bin/helper.d/part'), 'utf8')).toBe('part');
  await change(env, { add: [two()] });
  expect(readFileSync(path.join(env, 'bin/helper.d/part'), 'utf8')).toBe('part');
  expect(verifyEnvironment(env).problems).toEqual([]);
  await change(env, { remove: [helper.name] });
  expect(existsSync(path.join(env, 'bin/helper.d'))).toBe(false);
});
