import { execFileSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isCodedError } from '@wheelwright/errors';
import { type BuildOptions, build, type Pep517Error, type Pep517ErrorCode } from '@wheelwright/pep517';
import type { BackendTreeOptions, Misbehaviour } from '@wheelwright/testkit/trees';
import { expect, test } from 'vitest';
import { isRunning, namesIn, place, until } from './place.ts';

/** Builds what cannot be built; checks that nothing is left, and gives the error. */
async function failing(options: BackendTreeOptions, more: Partial<BuildOptions> = {}) {
  const at = place(options, more);
  const before = namesIn(at.tree);
  const error = await build(at.request).then(
    () => expect.unreachable('the build succeeded'),
    (caught: unknown) => caught as Pep517Error,
  );
  if (!isCodedError(error)) throw error;
  expect(namesIn(at.outDir)).toEqual([]);
  expect(readdirSync(at.buildsDir)).toEqual([]);
  expect(namesIn(at.tree)).toEqual(before);
  expect(at.provisioner.released).toBe(at.provisioner.asked.length);
  return { ...at, error };
}

test('the error of a hook that raises has its traceback, with the paths of the user', async () => {
  const { error, tree, buildsDir } = await failing({ behaviour: { build_wheel: 'raise' } });
  expect(error.code).toBe('PEP517_BACKEND_FAILED');
  expect(error.message).toBe(`backend failed in build_wheel of ${tree}: ValueError: no luck in ${tree}/src.`);
  const traceback = error.data.traceback as string;
  expect(traceback).toContain(`File "${tree}/backend.py"`);
  expect(traceback).not.toContain(buildsDir);
  expect(traceback).not.toContain('<wheelwright>');
});

const outcomes: [Misbehaviour, Pep517ErrorCode, RegExp][] = [
  [
    'raise-unsupported',
    'PEP517_BACKEND_FAILED',
    /does not support build_sdist .*UnsupportedOperation: not this one\.$/,
  ],
  ['exit', 'PEP517_NO_RESULT', /ended with status 0 in build_sdist/],
  ['exit-hard', 'PEP517_NO_RESULT', /ended with status 3 in build_sdist/],
  ['kill-itself', 'PEP517_NO_RESULT', /ended by signal 9 in build_sdist/],
  ['return-nothing', 'PEP517_BAD_ARTIFACT', /it returned null, not a name/],
  ['return-a-path', 'PEP517_BAD_ARTIFACT', /which is not a plain file name/],
  ['return-another-name', 'PEP517_BAD_ARTIFACT', /"demo-1\.0\.zip", which does not end in \.tar\.gz/],
  ['make-another-project', 'PEP517_BAD_ARTIFACT', /is called other, but the project is demo/],
];
for (const [misbehaviour, code, message] of outcomes) {
  test(`A hook that does '${misbehaviour}' is a ${code}.`, async () => {
    const { error } = await failing({ behaviour: { build_sdist: misbehaviour } }, { kind: 'sdist' });
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
  });
}

const wheels: [Misbehaviour, RegExp][] = [
  ['make-no-file', /made no such file/],
  ['make-a-torn-wheel', /is refused: /],
  ['make-a-wrong-record', /is refused: .*differs from its hash/],
];
for (const [misbehaviour, message] of wheels) {
  test(`A wheel of a hook that does '${misbehaviour}' is not published.`, async () => {
    const { error } = await failing({ behaviour: { build_wheel: misbehaviour } });
    expect(error.code).toBe('PEP517_BAD_ARTIFACT');
    expect(error.message).toMatch(message);
  });
}

test('A wheel of another version than the declared one is not published.', async () => {
  const at = place();
  writeFileSync(path.join(at.tree, 'backend.json'), JSON.stringify({ ...options(), version: '2.0' }));
  await expect(build(at.request)).rejects.toThrow(/has version 2\.0, but the project is 1\.0/);
  function options() {
    return { name: 'demo', behaviour: {}, missing: [], requires: [], import: '', marks: '' };
  }
});

const imports: [NonNullable<BackendTreeOptions['atImport']>, Pep517ErrorCode, RegExp][] = [
  ['lack', 'PEP517_BACKEND_UNAVAILABLE', /cannot be imported: ModuleNotFoundError: No module named 'a_module_that/],
  ['raise', 'PEP517_BACKEND_FAILED', /RuntimeError: no luck while importing\.$/],
  ['exit', 'PEP517_NO_RESULT', /ended with status 0/],
];
for (const [atImport, code, message] of imports) {
  test(`A backend whose import does '${atImport}' is a ${code}.`, async () => {
    const { error } = await failing({ atImport });
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
  });
}

test('A backend that is not in backend-path is unavailable, even where one of its name is installed.', async () => {
  const at = place();
  writeFileSync(
    path.join(at.tree, 'pyproject.toml'),
    '[build-system]\nrequires = []\nbuild-backend = "json"\nbackend-path = ["src"]\n',
  );
  await expect(build(at.request)).rejects.toMatchObject({ code: 'PEP517_BACKEND_UNAVAILABLE' });
});

test('An object that the backend module lacks is unavailable.', async () => {
  const at = place();
  writeFileSync(
    path.join(at.tree, 'pyproject.toml'),
    '[build-system]\nrequires = []\nbuild-backend = "backend:a.b"\nbackend-path = ["."]\n',
  );
  await expect(build(at.request)).rejects.toMatchObject({ code: 'PEP517_BACKEND_UNAVAILABLE' });
});

test('the error of a missing hook names it', async () => {
  const { error } = await failing({ missing: ['build_editable'] }, { kind: 'editable' });
  expect(error).toMatchObject({ code: 'PEP517_BACKEND_FAILED', data: { missing: true, hook: 'build_editable' } });
});

test('A list of requirements that is none is a fault of the backend.', async () => {
  const { error } = await failing({ behaviour: { get_requires_for_build_wheel: 'return-nothing' } });
  expect(error).toMatchObject({ code: 'PEP517_BACKEND_FAILED' });
});

test('a Python that cannot be started is reported as such', async () => {
  const at = place();
  const python = { executable: '/nowhere/python3', binDir: '/nowhere' };
  const { hostProvisioner } = await import('./provisioners.ts');
  await expect(build({ ...at.request, provisioner: hostProvisioner(python) })).rejects.toMatchObject({
    code: 'PEP517_BACKEND_UNAVAILABLE',
  });
});

for (const hang of ['hang', 'hang-stubbornly'] as const) {
  test(`A hook that does '${hang}' is ended with its children when its time is over.`, async () => {
    const { error, mark } = await failing({ behaviour: { build_wheel: hang } }, { timeoutMs: 700 });
    expect(error.code).toBe('PEP517_TIMEOUT');
    expect(pidsIn(mark('pids')).filter(isRunning)).toEqual([]);
  });
}

test('A backend whose import hangs is ended when its time is over.', async () => {
  const { error } = await failing({ atImport: 'hang' }, { timeoutMs: 300 });
  expect(error.code).toBe('PEP517_TIMEOUT');
});

test('A build that is aborted leaves no process and no file.', async () => {
  const controller = new AbortController();
  const at = place({ behaviour: { build_wheel: 'hang' } });
  const built = build({ ...at.request, signal: controller.signal }).catch((error: unknown) => error);
  const pids = await until(() => at.mark('pids').endsWith('\n') && pidsIn(at.mark('pids')));
  controller.abort(new Error('enough'));
  expect(await built).toMatchObject({ code: 'PEP517_ABORTED', cause: { message: 'enough' } });
  expect(pids.filter(isRunning)).toEqual([]);
  expect(readdirSync(at.buildsDir)).toEqual([]);
});

test('A build that is aborted before it begins does nothing.', async () => {
  const at = place({}, { signal: AbortSignal.abort() });
  await expect(build(at.request)).rejects.toMatchObject({ code: 'PEP517_ABORTED' });
  expect(at.provisioner.asked).toEqual([]);
});

test('processes that a hook leaves running end with the hook', async () => {
  const at = place({ behaviour: { build_wheel: 'leave-a-process' } });
  await build(at.request);
  // It was killed before the build ended; when it is gone is for the system to say.
  await until(() => !pidsIn(at.mark('pids')).some(isRunning));
});

test('A build that would require itself is refused.', async () => {
  const at = place();
  const underConstruction = [
    { dir: at.tree, name: 'demo' },
    { dir: '/other', name: 'other' },
  ];
  await expect(build({ ...at.request, underConstruction })).rejects.toMatchObject({
    code: 'PEP517_BUILD_CYCLE',
    message: 'A build requires itself: demo → other → demo.',
  });
});

test('a tree that another process keeps locked is reported after the wait', async () => {
  const at = place({}, { strategy: 'in-place', lockTimeoutMs: 50 });
  const { acquireLock } = await import('@wheelwright/fslock');
  const lock = await acquireLock(at.tree, { mode: 'shared' });
  await expect(build(at.request)).rejects.toMatchObject({ code: 'FSLOCK_TIMEOUT' });
  lock.release();
  expect(await build(at.request)).toMatchObject({ version: '1.0' });
});

test('A failure of the provisioner passes through, and nothing is left.', async () => {
  const at = place();
  const provide = () => Promise.reject(new Error('no such distribution'));
  await expect(build({ ...at.request, provisioner: { provide } })).rejects.toThrow('no such distribution');
  expect(readdirSync(at.buildsDir)).toEqual([]);
});

function pidsIn(text: string): number[] {
  return text.trim().split('\n').map(Number);
}

test('The tests can tell a running process from one that is gone.', () => {
  expect(isRunning(process.pid)).toBe(true);
  const gone = Number(execFileSync('sh', ['-c', 'echo $$'], { encoding: 'utf8' }));
  expect(isRunning(gone)).toBe(false);
});
