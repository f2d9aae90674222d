// A wheel that shares no path with another is planned by its directories. Nothing may come out otherwise than file by
// file: every plan here is made both ways.
import { renameSync } from 'node:fs';
import path from 'node:path';
import { isCodedError } from '@wheelwright/errors';
import { formatRecord, normalizeName } from '@wheelwright/packaging';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  changeEnvironment,
  type EnvironmentChange,
  type InstalledOwner,
  type InstalledState,
  type SchemeLayout,
  type WheelTree,
} from '../../src/index.ts';
import { schemeLayout, within } from '../../src/layout/schemes.ts';
import { clock, makeEnvironment, readTree, type WheelTreeOptions, wheelTree } from '../environments.ts';
import { viewPlan } from './plan-view.ts';

const layouts: readonly SchemeLayout[] = [
  schemeLayout('python3.11'),
  // A directory that packages are put into.
  { sitePackages: '', headers: 'include', scripts: 'bin', separateLib64: true },
];
const state: Omit<InstalledState, 'layout'> = {
  environmentDir: '/env',
  prefixDir: '/env/.wheelwright/generations/1',
  generation: 1,
  distributions: [],
};

const hex = (text: string) => Buffer.from(text.padEnd(32)).toString('hex');

function wheel(name: string, files: Record<string, string>, scripts: readonly string[]): WheelTree {
  const listed = { ...files, [`${name}-1.dist-info/METADATA`]: name, [`${name}-1.dist-info/RECORD`]: name };
  const all = Object.entries(listed).map(([file, text]) => {
    return { path: file, size: text.length, executable: false, sha256: hex(text) };
  });
  const groups = new Map<string, string[]>();
  for (const { path: file } of all) {
    const directory = path.posix.dirname(file).replace(/^\.$/, '');
    groups.set(directory, [...(groups.get(directory) ?? []), path.posix.basename(file)]);
  }
  return {
    name: normalizeName(name),
    version: '1',
    sha256: hex(name),
    treeDir: `/store/${name}`,
    distInfoDir: `${name}-1.dist-info`,
    dataDir: `${name}-1.data`,
    rootIsPurelib: true,
    directories: [...groups.keys()],
    files: all,
    listing: {
      groups: [...groups].map(([directory, names]) => ({ directory, names })),
      record: formatRecord(
        all.map(({ path: file, size, sha256 }) => {
          return {
            path: file,
            size,
            hash: { algorithm: 'sha256', digest: Buffer.from(sha256, 'hex').toString('base64url') },
          };
        }),
      ),
    },
    entryPoints: scripts.map((script) => ({ group: 'console_scripts', name: script, module: name, attribute: 'main' })),
    requested: false,
  };
}

const unlisted = (one: WheelTree): WheelTree => ({ ...one, listing: undefined });

// Few names, so that they meet: as the same file, as other content, as a file where another needs a directory.
const names = ['p/__init__.py', 'p/x.py', 'p/q/__init__.py', 'p/q', 'top.py', 'top', 'top/y.py', '00_wheelwright.pth'];
const oneWheel = (name: string) =>
  fc
    .record({
      files: fc.dictionary(
        fc.constantFrom(
          ...names,
          `${name}/z.py`,
          `${name}-1.dist-info/INSTALLER/x`,
          'bin/run',
          'bin',
          'lib',
          `${name}/y.py`,
          `${name}.py`,
          `${name}/more/x.py`,
          `${name}_/x.py`,
          `${name}/deep/er/z.py`,
          'a-1.dist-info/INSTALLER',
          `${name}-1.data/scripts/run`,
          `${name}-1.data/data/top/y.py`,
          `${name}-1.data/purelib/p/x.py`,
        ),
        fc.constantFrom('one', 'two'),
        { maxKeys: 3 },
      ),
      scripts: fc.subarray(['run', 'top', 'python3']),
    })
    .filter(({ files }) =>
      Object.keys(files).every((file) => !Object.keys(files).some((other) => other.startsWith(`${file}/`))),
    )
    .map(({ files, scripts }) => wheel(name, files, scripts));
const someWheels = fc.tuple(oneWheel('a'), oneWheel('b'), oneWheel('c'));
const kept = fc.subarray([...names.slice(0, -1), 'a/z.py', 'b/deep']);
const owner = (files: readonly string[], { sitePackages }: SchemeLayout): InstalledOwner => ({
  name: normalizeName('kept'),
  version: '1',
  distInfoDir: within(sitePackages, 'kept-1.dist-info'),
  requested: true,
  editable: false,
  installer: 'pip',
  wheelSha256: undefined,
  entryPoints: [],
  files: [...files.map((file) => within(sitePackages, file)), 'bin/run'].map((file) => ({
    path: file,
    sha256: 'one',
    size: 1,
  })),
});

/** What a plan comes to, in an order of its own; or how it is refused. */
function outcome(current: InstalledState, change: EnvironmentChange) {
  let plan: ReturnType<typeof viewPlan>;
  try {
    plan = viewPlan(current, change);
  } catch (error) {
    if (!isCodedError(error)) throw error;
    return { code: error.code };
  }
  const sorted = <T extends { readonly path: string }>(files: readonly T[]) =>
    [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
  return {
    wheels: plan.wheels.map((one) => ({
      name: one.wheel.name,
      owned: sorted(one.owned),
      lay: one.lay.map(({ target }) => target).sort(),
      ownScripts: [...one.ownScripts].sort(),
    })),
    drop: [...plan.drop].sort(),
    overridden: [...plan.overridden],
    conflicts: plan.conflicts,
  };
}

describe('wheels that are planned by their directories', () => {
  test('any wheels, beside anything installed, give the plan that they give file by file', () => {
    let whole = 0;
    fc.assert(
      fc.property(
        someWheels,
        fc.option(kept, { nil: undefined }),
        fc.constantFrom(...layouts),
        fc.constantFrom('error', 'last-wins'),
        (wheels, files, layout, onConflict) => {
          const distributions = files === undefined ? [] : [owner(files, layout)];
          const current: InstalledState = { ...state, layout, distributions };
          const change = { add: wheels, remove: [], onConflict } satisfies EnvironmentChange;
          const found = outcome(current, change);
          expect(found).toEqual(outcome(current, { ...change, add: wheels.map(unlisted) }));
          if (found.wheels !== undefined)
            whole += viewPlan(current, change).wheels.filter((one) => one.whole !== undefined).length;
        },
      ),
      { numRuns: 4_000 },
    );
    expect(whole).toBeGreaterThan(100);
  });

  test('an environment that they were installed and upgraded in is the same to the byte', async () => {
    const dir = temporaryDir();
    const trees: Record<string, string>[] = [];
    for (const listing of [true, false]) {
      const environment = makeEnvironment(path.join(dir, 'env'));
      const make = (name: string, options: WheelTreeOptions) =>
        wheelTree(path.join(dir, 'store'), name, { ...options, listing });
      const shared = { 'ns/__init__.py': '' };
      const steps: EnvironmentChange[] = [
        {
          add: [
            make('alone', {
              scripts: { alone: 'alone:main' },
              bytecode: { 'alone/__pycache__/mod.cpython-311.pyc': 'code' },
              files: { 'alone/mod.py': '', 'a "quoted", name.py': '' },
            }),
            make('one', { files: { ...shared, 'ns/one.py': '1' } }),
            make('two', {
              files: { ...shared, 'ns/two.py': '2' },
              data: { 'scripts/tool': '#!python\n', 'data/share/two': '' },
            }),
          ],
          remove: [],
        },
        {
          add: [make('alone', { version: '2.0', files: { 'alone/new.py': '' }, requested: true, directUrl: '{}' })],
          remove: [],
        },
        { add: [make('three', { files: { 'ns/three.py': '3', 'alone.py': '' } })], remove: [normalizeName('one')] },
      ];
      for (const [minutes, step] of steps.entries())
        await changeEnvironment(environment, step, { now: clock(minutes + 1) });
      trees.push(readTree(environment));
      renameSync(environment, path.join(dir, `env-${listing}`));
    }
    const [listed, oneByOne] = trees as [Record<string, string>, Record<string, string>];
    // The hashes of these wheels stand for the options that they are made with, of which one differs.
    const unhashed = (text: string) => text.replaceAll(/"sha256":\s*"[0-9a-f]{64}"/g, '');
    expect(Object.keys(listed)).toEqual(Object.keys(oneByOne));
    for (const [file, text] of Object.entries(listed)) expect(unhashed(text), file).toBe(unhashed(oneByOne[file]!));
  });
});
