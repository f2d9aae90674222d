import { type NormalizedName, normalizeName, parseDirectUrl } from '@wheelwright/packaging';
import { describe, expect, test } from 'vitest';
import type { EnvironmentChange, InstalledOwner, InstalledState, WheelTree } from '../../src/index.ts';
import { schemeLayout } from '../../src/layout/schemes.ts';
import { planInstall } from '../../src/plan/plan-install.ts';
import { viewPlan } from './plan-view.ts';

const layout = schemeLayout('python3.11');
const site = layout.sitePackages;

/** A wheel that is only looked at: `files` are paths with something that stands for their content. */
function wheel(name: string, files: Record<string, string>, more: Partial<WheelTree> = {}): WheelTree {
  const version = more.version ?? '1.0';
  const sha256 = (text: string) => Buffer.from(text.padEnd(32)).toString('hex');
  return {
    name: normalizeName(name),
    version,
    sha256: sha256(`${name}${version}`),
    treeDir: `/store/${name}`,
    distInfoDir: `${name}-${version}.dist-info`,
    dataDir: `${name}-${version}.data`,
    rootIsPurelib: true,
    directories: [],
    files: Object.entries(files).map(([path, text]) => ({
      path,
      size: text.length,
      executable: false,
      sha256: sha256(text),
    })),
    entryPoints: [],
    requested: false,
    ...more,
  };
}

const script = (name: string, module: string) => ({ group: 'console_scripts', name, module, attribute: 'main' });

/** The environment after `wheels` were installed into `state`, as their RECORDs would tell. */
function after(
  wheels: readonly WheelTree[],
  state: InstalledState = empty,
  change: Partial<EnvironmentChange> = {},
): InstalledState {
  const plan = viewPlan(state, { add: wheels, remove: [], ...change });
  const added = plan.wheels.map(
    ({ wheel: { name, version, sha256, distInfoDir, entryPoints }, owned }): InstalledOwner => {
      const scripts = entryPoints.map((entry) => ({ path: `bin/${entry.name}`, sha256: 'stub' }));
      const fixed = { requested: false, editable: false, installer: 'wheelwright', wheelSha256: sha256 };
      return {
        ...fixed,
        name,
        version,
        distInfoDir: `${site}/${distInfoDir}`,
        files: [...owned, ...scripts],
        entryPoints,
      };
    },
  );
  const kept = plan.kept.map((owner): InstalledOwner => {
    const changed = new Map(plan.overridden.get(owner.name)?.map((file) => [file.path, file]));
    return { ...owner, files: owner.files?.map((file) => changed.get(file.path) ?? file) };
  });
  return { ...state, distributions: [...kept, ...added] };
}

const empty: InstalledState = {
  environmentDir: '/env',
  prefixDir: '/env/.wheelwright/generations/1',
  generation: 1,
  layout,
  distributions: [],
};

const names = (...all: string[]): NormalizedName[] => all.map((name) => normalizeName(name));
const plan = (state: InstalledState, add: WheelTree[], more: Partial<EnvironmentChange> = {}) =>
  viewPlan(state, { add, remove: [], ...more });

describe('a file that several distributions bring', () => {
  const a = wheel('a', { 'nvidia/__init__.py': '', 'nvidia/a.so': 'a' });
  const b = wheel('b', { 'nvidia/__init__.py': '', 'nvidia/b.so': 'b' });
  const c = wheel('c', { 'nvidia/__init__.py': 'other' });

  test('is laid down once when they agree, and listed by each', () => {
    const { wheels } = plan(empty, [b, a]);
    expect(wheels.map(({ wheel: { name }, lay }) => [name, lay.map(({ target }) => target)])).toEqual([
      ['a', [`${site}/nvidia/__init__.py`, `${site}/nvidia/a.so`]],
      ['b', [`${site}/nvidia/b.so`]],
    ]);
    expect(wheels.map(({ owned }) => owned.length)).toEqual([2, 2]);
  });

  test('stays until its last owner goes', () => {
    const state = after([a, b]);
    const first = plan(state, [], { remove: names('a') });
    expect([...first.drop]).toEqual([`${site}/nvidia/a.so`]);
    expect([...plan(state, [], { remove: names('a', 'b') }).drop].sort()).toContain(`${site}/nvidia/__init__.py`);
  });

  test('is a conflict that names both owners when they differ, installed or to come', () => {
    const conflict = { code: 'INSTALL_CONFLICT', data: expect.objectContaining({ owners: ['a', 'c'] }) };
    expect(() => plan(empty, [a, c])).toThrow(expect.objectContaining(conflict));
    expect(() => plan(after([a]), [c])).toThrow('a and c bring different content for');
    expect(() => plan(after([a, b]), [c])).toThrow('a, b and c bring different content for');
  });

  test('counts once where one wheel brings it twice, whatever its schemes', () => {
    const twice: Record<string, string>[] = [
      { 'same.py': 'x', 'same-1.0.data/purelib/same.py': 'x' },
      { 'same-1.0.data/purelib/same.py': 'x', 'same-1.0.data/platlib/same.py': 'x' },
      { 'same.py': 'x', 'same-1.0.data/purelib/same.py': 'x', 'same-1.0.data/platlib/same.py': 'x' },
      { [`same-1.0.data/data/${site}/same.py`]: 'x', 'same.py': 'x' },
    ];
    for (const files of twice) {
      const { wheels, conflicts } = plan(empty, [wheel('same', files)]);
      expect(conflicts).toEqual([]);
      expect(wheels[0]!.lay.map(({ target }) => target)).toEqual([`${site}/same.py`]);
      expect(wheels[0]!.owned.map(({ path }) => path)).toEqual([`${site}/same.py`]);
      expect([...plan(after([wheel('same', files)]), [], { remove: names('same') }).drop]).toContain(`${site}/same.py`);
    }
  });

  test('is rewritten as a script where one wheel brings it as script and as data', () => {
    const files = { 'same-1.0.data/data/bin/tool': '#!python', 'same-1.0.data/scripts/tool': '#!python' };
    const { wheels } = plan(empty, [wheel('same', files)]);
    expect(wheels[0]!.lay.map(({ target, root }) => [target, root.scripts])).toEqual([['bin/tool', true]]);
  });

  test('is a conflict of one wheel with itself when its two files differ, and its last under last-wins', () => {
    const files = { 'same.py': 'x', 'same-1.0.data/purelib/same.py': 'y' };
    expect(() => plan(empty, [wheel('same', files)])).toThrow(
      expect.objectContaining({
        code: 'INSTALL_CONFLICT',
        message: `Two files of same bring different content for ${site}/same.py.`,
        hint: expect.stringContaining('contradicts itself'),
      }),
    );
    const { wheels } = plan(empty, [wheel('same', files)], { onConflict: 'last-wins' });
    expect(wheels[0]!.lay.map(({ file }) => file.path)).toEqual(['same-1.0.data/purelib/same.py']);
  });

  test('goes to the last by name under last-wins, in whatever order they are given', () => {
    for (const order of [
      [a, b, c],
      [c, a, b],
      [b, c, a],
    ]) {
      const { wheels, conflicts } = plan(empty, order, { onConflict: 'last-wins' });
      expect(conflicts).toEqual([{ path: `${site}/nvidia/__init__.py`, owners: ['a', 'b', 'c'], winner: 'c' }]);
      const laid = wheels.flatMap(({ wheel: { name }, lay }) =>
        lay.map(({ target }) => `${name} ${target.slice(site.length + 1)}`),
      );
      expect(laid).toEqual(['a nvidia/a.so', 'b nvidia/b.so', 'c nvidia/__init__.py']);
      // All three state what is there, so that what is left of them is whole when one goes.
      const stated = wheels.map(({ owned }) => owned.find(({ path }) => path.endsWith('__init__.py'))!.sha256);
      expect(new Set(stated).size).toBe(1);
    }
  });

  test('is taken from an installed distribution under last-wins, and its RECORD is changed', () => {
    const { drop, overridden } = plan(after([a, b]), [c], { onConflict: 'last-wins' });
    expect([...drop]).toEqual([`${site}/nvidia/__init__.py`]);
    expect([...overridden.keys()]).toEqual(['a', 'b']);
    const state = after([c], after([a, b]), { onConflict: 'last-wins' });
    expect(plan(state, [], { remove: names('c') }).drop.size).toBe(0);
  });

  test('can be brought by an upgrade of an owner as by the one before', () => {
    const newer = wheel('a', { 'nvidia/__init__.py': '', 'nvidia/a2.so': 'a' }, { version: '2.0' });
    const { drop, wheels, upgraded } = plan(after([a, b]), [newer]);
    expect([...drop]).toEqual([`${site}/nvidia/a.so`]);
    expect(wheels[0]!.lay.map(({ target }) => target)).toEqual([`${site}/nvidia/a2.so`]);
    expect(upgraded).toEqual([{ name: 'a', from: '1.0', to: '2.0' }]);
  });
});

describe('a claim that no wheel may make', () => {
  const data = (path: string) => wheel('evil', { [`evil-1.0.data/${path}`]: 'x' });
  test.each([
    'data/pyvenv.cfg',
    'data/.lock',
    'data/.wheelwright/current',
    'data/generation.json',
    'data/bin/python3.11',
    'scripts/python',
    'scripts/activate',
    `data/${site}/_wheelwright_pin.py`,
    'purelib/00_wheelwright.pth',
    'data/lib64/python3.11/site-packages/_wheelwright_scripts.py',
    'data/bin',
    'data/lib/python3.11/site-packages',
    'data/../x',
    'data//etc/passwd',
    'data/a\nb',
    'wat/x',
    'scripts/sub/x',
    'loose',
  ])('is refused: %s', (path) => {
    expect(() => plan(empty, [data(path)])).toThrow(expect.objectContaining({ code: 'INSTALL_PROTECTED_PATH' }));
  });

  test('is not one that only looks like it: argcomplete has such scripts', () => {
    const entryPoints = ['activate-global-python-argcomplete', 'python-argcomplete-check'].map((name) =>
      script(name, 'x'),
    );
    expect(plan(empty, [wheel('argcomplete', {}, { entryPoints })]).changed).toBe(true);
  });

  test('is refused for a command that is not a file name or calls nothing', () => {
    for (const entry of [
      script('../x', 'm'),
      script('a/b', 'm'),
      script('x', 'm;import os'),
      { ...script('x', 'm'), attribute: '' },
    ]) {
      const evil = wheel('evil', {}, { entryPoints: [entry] });
      expect(() => plan(empty, [evil])).toThrow(expect.objectContaining({ code: 'INSTALL_BAD_SCRIPT' }));
    }
  });
});

describe('other clashes', () => {
  test('a file where another needs a directory is a conflict, between wheels and with what is installed', () => {
    const file = wheel('file', { x: '1' });
    const directory = wheel('directory', { 'x/y': '1' });
    for (const [state, add] of [
      [empty, [file, directory]],
      [after([file]), [directory]],
      [after([directory]), [file]],
    ] as const) {
      expect(() => plan(state, [...add])).toThrow(expect.objectContaining({ code: 'INSTALL_DIRECTORY_CONFLICT' }));
    }
  });

  test('one file by two schemes is one path', () => {
    const twice = wheel('twice', { 'a.py': '1', 'twice-1.0.data/purelib/a.py': '2' });
    expect(() => plan(empty, [twice])).toThrow('Two files of twice bring different content');
    const lib64 = wheel('lib', { 'lib-1.0.data/data/lib64/python3.11/site-packages/a.py': '2' });
    expect(() => plan(after([wheel('a', { 'a.py': '1' })]), [lib64])).toThrow('a and lib bring different content');
  });

  test('commands of one name are one command only when they call the same', () => {
    const one = wheel('one', {}, { entryPoints: [script('go', 'one')] });
    const same = wheel('same', {}, { entryPoints: [script('go', 'one')] });
    const other = wheel('other', {}, { entryPoints: [script('go', 'other')] });
    expect(plan(after([one]), [same]).wheels[0]!.ownScripts.size).toBe(0);
    expect(() => plan(after([one]), [other])).toThrow('one and other bring different content for bin/go');
    expect(
      plan(empty, [one, other], { onConflict: 'last-wins' }).wheels.map(({ ownScripts }) => [...ownScripts]),
    ).toEqual([[], ['go']]);
  });

  test('an entry point takes the place of a script file of its own name', () => {
    const both = wheel('both', { 'both-1.0.data/scripts/go': '#!python' }, { entryPoints: [script('go', 'both')] });
    expect(plan(empty, [both]).wheels[0]!.lay).toEqual([]);
  });

  test('a Windows launcher script of setuptools is left out, other scripts are installed', () => {
    const scripts = ['go.exe', 'GO-script.py', 'go-script.py', 'go.pya', 'other.exe', 'go.bat', 'go-script.pyw'];
    const files = Object.fromEntries(scripts.map((name) => [`both-1.0.data/scripts/${name}`, 'x']));
    const both = wheel('both', files, { entryPoints: [script('go', 'both')] });
    expect(plan(empty, [both]).wheels[0]!.lay.map(({ target }) => target)).toEqual([
      'bin/GO-script.py',
      'bin/other.exe',
      'bin/go.bat',
      'bin/go-script.pyw',
    ]);
  });

  test('one name asked for twice is refused, unless it is the very same wheel', () => {
    expect(() => plan(empty, [wheel('a', {}), wheel('a', {}, { version: '2.0' })])).toThrow(
      'a was asked for twice: 1.0 and 2.0',
    );
    expect(plan(empty, [wheel('a', {}), wheel('a', {})]).installed).toHaveLength(1);
  });
});

describe('what goes and what stays', () => {
  test('the very same wheel is unchanged unless forced; another file of the same version is not', () => {
    const a = wheel('a', { 'a.py': '1' });
    const state = after([a]);
    expect(plan(state, [a])).toMatchObject({ changed: false, unchanged: [{ name: 'a', version: '1.0' }] });
    expect(plan(state, [a], { force: true })).toMatchObject({ changed: true, installed: [{ name: 'a' }] });
    expect(plan(state, [a], { force: names('b') }).changed).toBe(false);
    expect(plan(state, [{ ...a, sha256: 'f'.repeat(64) }])).toMatchObject({
      changed: true,
      installed: [{ name: 'a' }],
    });
  });

  test('the very same wheel is recorded as from another commit or tree, and not as from an archive or an index', () => {
    const a = wheel('a', { 'a.py': '1' });
    const from = (url: object) => ({ ...a, directUrl: JSON.stringify(url) });
    const commit = (id: string) => from({ url: 'https://h/a', vcs_info: { vcs: 'git', commit_id: id.repeat(40) } });
    const archive = from({ url: 'file:///a-1.0-py3-none-any.whl', archive_info: {} });
    const tree = from({ url: 'file:///a', dir_info: {} });
    const state = after([a]);
    const installed = parseDirectUrl(commit('1').directUrl);
    const built = { ...state, distributions: state.distributions.map((one) => ({ ...one, directUrl: installed })) };
    const changes = (from: typeof state, wanted: typeof a) => plan(from, [wanted]).changed;
    expect([a, archive, tree, commit('1')].map((one) => changes(state, one))).toEqual([false, false, true, true]);
    expect([a, archive, tree].map((one) => changes(built, one))).toEqual([false, false, true]);
    expect([commit('1'), commit('2')].map((one) => changes(built, one))).toEqual([false, true]);
  });

  test('two dist-infos of one name are both replaced by an install', () => {
    const state = after([wheel('a', { 'a.py': '1' })]);
    const twice = { ...state, distributions: [...state.distributions, { ...state.distributions[0]!, version: '0.9' }] };
    expect(plan(twice, [wheel('a', { 'a.py': '1' })])).toMatchObject({ changed: true, kept: [] });
  });

  test('a distribution without RECORD cannot be removed, but is replaced by force; an absent one cannot be removed', () => {
    expect(() => plan(empty, [], { remove: names('x') })).toThrow(
      expect.objectContaining({ code: 'INSTALL_NOT_INSTALLED' }),
    );
    const state = after([wheel('a', { 'a.py': '1' })]);
    const lost = { ...state, distributions: state.distributions.map((owner) => ({ ...owner, files: undefined })) };
    expect(() => plan(lost, [], { remove: names('a') })).toThrow(
      expect.objectContaining({ code: 'INSTALL_NO_RECORD' }),
    );
    const next = [wheel('a', {}, { version: '2.0' })];
    expect(() => plan(lost, next)).toThrow(expect.objectContaining({ code: 'INSTALL_NO_RECORD' }));
    expect([...plan(lost, next, { force: true }).dropDirectories]).toEqual([`${site}/a-1.0.dist-info`]);
  });

  test('exactly some: the others go, those named to keep stay', () => {
    const state = after(['a', 'b', 'pip'].map((name) => wheel(name, { [`${name}.py`]: name })));
    const { kept, removed } = plan(state, [wheel('a', { 'a.py': 'a' })], { exact: { keep: names('pip') } });
    expect([kept.map(({ name }) => name), removed.map(({ name }) => name)]).toEqual([['a', 'pip'], ['b']]);
  });
});

test('each distribution has one operation: added, replaced, removed or kept', () => {
  const [a, b, c] = ['a', 'b', 'c'].map((name) => wheel(name, { [`${name}.py`]: name })) as [
    WheelTree,
    WheelTree,
    WheelTree,
  ];
  const newer = wheel('a', { 'a.py': 'newer' }, { version: '2.0' });
  const added = wheel('d', { 'd.py': 'd' });
  const state = after([a, b, c]);
  const { operations } = planInstall(state, { add: [added, newer], remove: names('b') });
  const nameOf = (one: (typeof operations)[number]) => ('wheel' in one ? one.wheel.wheel.name : one.owner.name);
  expect(operations.map((one) => [one.kind, nameOf(one)])).toEqual([
    ['replace', 'a'],
    ['add', 'd'],
    ['remove', 'b'],
    ['keep', 'c'],
  ]);
  expect(operations[0]).toMatchObject({ replaced: [{ name: 'a', version: '1.0' }] });
});
