import { cpSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import {
  type BuildEvent,
  build,
  buildEditable,
  buildSdist,
  buildWheel,
  createDirectoryCache,
} from '@wheelwright/pep517';
import { writeTree } from '@wheelwright/testkit/trees';
import { expect, test } from 'vitest';
import { place } from '../place.ts';
import { tryRandomChanges } from './random-changes.ts';
import { World } from './stale-world.ts';

test('After random changes a build is given back exactly where nothing changed that it depends on.', async () => {
  expect(await tryRandomChanges(60, 20_261)).toEqual([]);
});

/** A place whose builds are kept. */
function keeping(options: Parameters<typeof place>[0] = {}) {
  const at = place(options);
  const cache = createDirectoryCache({ dir: path.join(at.dir, 'kept') });
  const events: BuildEvent[] = [];
  const request = {
    ...at.request,
    interpreter: { ...at.request.interpreter, identity: { version: '3' } },
    provisioner: Object.assign(at.provisioner, { identify: async (requires: readonly string[]) => [...requires] }),
    cache,
    onEvent: (event: BuildEvent) => events.push(event),
  };
  const told = () =>
    events.flatMap((event) => (event.type === 'cache' ? [{ state: event.state, reasons: event.reasons }] : []));
  return { ...at, cache, request, told, kept: path.join(at.dir, 'kept') };
}

test('A build is given back byte for byte without its backend, also where the artifact has gone from the out directory.', async () => {
  const { request, mark, outDir } = keeping();
  const first = await build(request);
  const bytes = readFileSync(first.path);
  const hooks = mark('hooks');
  expect(first.reused).toBe(false);
  const again = await build({ ...request, outDir: `${outDir}-2` });
  expect(again).toMatchObject({ reused: true, sha256: first.sha256, name: 'demo', version: '1.0' });
  expect(readFileSync(again.path).equals(bytes)).toBe(true);
  expect(mark('hooks')).toBe(hooks);
});

test('a renewed build replaces the cached one', async () => {
  const { request, mark } = keeping();
  await build(request);
  expect(await build({ ...request, cacheMode: 'renew' })).toMatchObject({ reused: false });
  expect(mark('hooks').match(/build_wheel/g)?.length).toBeGreaterThan(2);
  expect(await build(request)).toMatchObject({ reused: true });
});

test('the requirements of a hook are part of the record', async () => {
  const { request, mark } = keeping({ requires: ['helper'] });
  await build(request);
  expect(await build(request)).toMatchObject({ reused: true });
  const identify = async (requires: readonly string[]) => requires.map((name) => `${name}-of-another-day`);
  const later = { ...request, provisioner: { ...request.provisioner, identify } };
  expect(await build(later)).toMatchObject({ reused: false });
  expect(mark('hooks')).toContain('get_requires_for_build_wheel');
});

test.each([
  [
    'the network',
    'import socket\n    try: socket.create_connection(("127.0.0.1", 9), 0.1)\n    except OSError: pass',
    /network/,
  ],
  ['/proc', 'open("/proc/self/status").read()', /\/proc\/self\/status was read/],
  ['date', 'import subprocess; subprocess.check_output(["date"])', /date was started/],
])('A build that uses %s is not kept, unless the project says so.', async (_what, code, why) => {
  const { tree, request, told } = keeping();
  const own = (settings: string) =>
    writeTree(tree, {
      'own.py': `from backend import *\nimport backend\ndef build_wheel(*arguments):\n    ${code}\n    return backend.build_wheel(*arguments)\n`,
      'pyproject.toml': `[build-system]\nrequires = []\nbuild-backend = "own"\nbackend-path = ["."]\n${settings}`,
    });
  own('');
  await build(request);
  expect(told().at(-1)).toMatchObject({ state: 'not-kept', reasons: [expect.stringMatching(why)] });
  expect(await build(request)).toMatchObject({ reused: false });
  own('[tool.wheelwright.build]\ncache = "always"\n');
  await build(request);
  expect(await build(request)).toMatchObject({ reused: true });
});

test('a damaged artifact is built again, and a damaged record counts as absent', async () => {
  const { request, kept } = keeping();
  await build(request);
  const { writeFileSync, rmSync } = await import('node:fs');
  const keyDir = path.join(kept, readdirSync(kept).find((name) => name.length === 64)!);
  const artifact = readdirSync(keyDir).find((name) => name.endsWith('.whl'))!;
  writeFileSync(path.join(keyDir, artifact), 'damaged');
  rmSync(request.outDir, { recursive: true });
  expect(await build(request)).toMatchObject({ reused: false });
  for (const name of readdirSync(keyDir).filter((each) => each.endsWith('.json')))
    writeFileSync(path.join(keyDir, name), '{');
  expect(await build(request)).toMatchObject({ reused: false });
  expect(await build(request)).toMatchObject({ reused: true });
});

test('Ten builds of one tree at once are one build.', async () => {
  const { request, mark, outDir } = keeping();
  const built = await Promise.all(
    Array.from({ length: 10 }, (_, n) => build({ ...request, outDir: `${outDir}-${n}` })),
  );
  expect(built.filter(({ reused }) => !reused)).toHaveLength(1);
  expect(new Set(built.map(({ sha256 }) => sha256)).size).toBe(1);
  expect(mark('hooks').match(/^build_wheel$/gm)).toHaveLength(1);
});

test('An editable wheel is found again for its own tree alone, and pruning takes all of it away.', async () => {
  const { request, cache, kept } = keeping();
  await build({ ...request, kind: 'editable' });
  expect(await build({ ...request, kind: 'editable' })).toMatchObject({ reused: true });
  expect(await cache.prune({ unusedForMs: 3_600_000 })).toBe(0);
  expect(await cache.prune({ unusedForMs: 0 })).toBeGreaterThan(0);
  expect(readdirSync(kept).filter((name) => name.length === 64)).toEqual([]);
  expect(await build({ ...request, kind: 'editable' })).toMatchObject({ reused: false });
});

test('a build that one machine cached serves another machine with other paths', async () => {
  // The tree's own files hold no path of its marks.
  const [one, other] = [keeping({ marksDir: undefined }), keeping({ marksDir: undefined })];
  const first = await build(one.request);
  cpSync(one.kept, other.kept, { recursive: true });
  const given = await build(other.request);
  expect(given).toMatchObject({ reused: true, sha256: first.sha256 });
  expect(readFileSync(given.path).equals(readFileSync(first.path))).toBe(true);
});

test('Each kind has an entry of its own.', async () => {
  const { kind: _, ...request } = keeping().request;
  expect((await buildWheel(request)).filename).toBe('demo-1.0-py3-none-any.whl');
  expect((await buildSdist(request)).filename).toBe('demo-1.0.tar.gz');
  expect((await buildEditable({ ...request, outDir: `${request.outDir}-editable` })).filename).toMatch(/\.whl$/);
  expect(await buildWheel(request)).toMatchObject({ reused: true });
});

test('functions and variables that are observed pickle and copy as the originals', async () => {
  const { tree, request, told } = keeping();
  const code = [
    'import copy, os, pickle, time',
    'for function in (os.stat, os.open, time.time, os.urandom):',
    '    for again in (pickle.loads(pickle.dumps(function)), copy.copy(function), copy.deepcopy(function)):',
    '        assert again is function, function',
    'variables = os.environ.copy()',
    'assert type(pickle.loads(pickle.dumps(variables))) is dict',
    'assert copy.deepcopy(variables) == dict(variables)',
    'class Holder: look = os.stat',
    'assert Holder().look("/").st_mode',
  ];
  writeTree(tree, {
    'own.py': `from backend import *\nimport backend\ndef build_wheel(*arguments):\n${code.map((line) => `    ${line}\n`).join('')}    return backend.build_wheel(*arguments)\n`,
    'pyproject.toml': '[build-system]\nrequires = []\nbuild-backend = "own"\nbackend-path = ["."]\n',
  });
  // A failed assertion fails the build. Code that names time() and urandom() is not cached.
  await build(request);
  expect(told().at(-1)).toMatchObject({ state: 'not-kept' });
});

test('observed functions and variables pass to another process', async () => {
  const world = new World(`
import copy, pickle, platform, random, time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
functions = [os.stat, os.lstat, os.access, os.readlink, os.open, os.getpid, os.urandom, time.time, time.strftime, platform.node]
value = [pickle.loads(pickle.dumps(functions, protocol)) == functions for protocol in range(pickle.HIGHEST_PROTOCOL + 1)]
variables = os.environ.copy()
value += [type(each) is dict and each["SHOWN"] == "one" for each in (pickle.loads(pickle.dumps(variables)), {os.fsdecode(name): os.fsdecode(text) for name, text in pickle.loads(pickle.dumps(sys.modules["posix"].environ)).items()})]
value += [each["SHOWN"] == "one" for each in (copy.copy(variables), copy.deepcopy(variables), copy.copy(os.environ), copy.deepcopy(os.environ))]
with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
    value += [len(pool.submit(os.stat, ".").result()) == 10, pool.submit(len, variables).result() == len(variables)]
value = set(value)`);
  world.variables.SHOWN = 'one';
  expect(await world.build()).toEqual({ value: '{True}', reused: false });
});

test.each([
  'copy.copy(os.environ.copy())',
  'copy.deepcopy(os.environ.copy())',
  'pickle.loads(pickle.dumps(os.environ.copy()))',
])('a variable read from %s counts as read', async (copied) => {
  const world = new World(`import copy, pickle\nvalue = ${copied}["SHOWN"]`);
  world.variables.SHOWN = 'one';
  await world.build();
  expect(await world.build()).toEqual({ value: 'one', reused: true });
  world.variables.SHOWN = 'two';
  expect(await world.build()).toEqual({ value: 'two', reused: false });
});
