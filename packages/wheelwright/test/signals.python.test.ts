// Every call of the library takes a signal, and one that is aborted ends with one code, whatever it was waiting for.
import path from 'node:path';
import { acquireLock } from '@wheelwright/fslock';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { writeBackendTree } from '@wheelwright/testkit/trees';
import { writeWheel } from '@wheelwright/testkit/wheels';
import { expect, test } from 'vitest';
import * as library from '../src/index.ts';

/** Exports that are no calls on a tool: classes, pure functions, and a reading that waits for nothing. */
const noCalls = [
  'WheelwrightError',
  'exitCodeOf',
  'exitCodes',
  'openTool',
  'createRemoteKeys',
  'readSettings',
  'shellLine',
  'hintOf',
  'generations',
];
/** Steps of other calls, which give them their tool; what they give lasts as long as it. */
const steps = ['buildWheel', 'buildEditable', 'readMetadata'];

const { openTool, readSettings } = library;

function toolIn(dir: string, signal?: AbortSignal) {
  const variables = { PATH: process.env.PATH, HOME: dir, PIP_CONFIG_FILE: '/dev/null', PIP_NO_INDEX: '1' };
  return openTool(readSettings({ workingDir: dir, storeDir: 'store' }, variables), { signal });
}

const calls = Object.entries(library).filter(([name]) => ![...noCalls, ...steps, 'buildProjects'].includes(name)) as [
  string,
  unknown,
][];

test.each(calls)('%s with a signal that is aborted already does nothing and says so by its code', async (_, call) => {
  expect(typeof call).toBe('function');
  const dir = temporaryDir();
  await using tool = toolIn(dir);
  const signal = AbortSignal.abort();
  const run = call as (tool: unknown, ...options: unknown[]) => Promise<unknown>;
  const error = await run(tool, { signal }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ code: 'WHEELWRIGHT_ABORTED', data: { committed: false } });
  expect(library.exitCodeOf(error)).toBe(130);
});

test('builds with a signal that is aborted end with that code', async () => {
  const dir = temporaryDir();
  await using tool = toolIn(dir);
  const makes = ['wheel'] as const;
  const projects = ['one', 'two'].map((name) => ({ sourceDir: path.join(dir, name), outDir: dir, makes }));
  const building = library.buildProjects(tool, projects, { jobs: 2, signal: AbortSignal.abort() });
  await expect(building).rejects.toMatchObject({ code: 'WHEELWRIGHT_ABORTED' });
});

test.each([[undefined], [['3', '3']]])(
  'builds that had not begun at an abort end with that code too (%s)',
  async (pythons) => {
    const dir = temporaryDir();
    await using tool = toolIn(dir);
    const abort = new AbortController();
    // With one job, at most three of the eight sources have begun when the first artifact is published.
    const projects = Array.from({ length: 8 }, (_, n) => `p${n}`).flatMap((name) => {
      const sourceDir = writeBackendTree(path.join(dir, name), { name });
      return (pythons ?? [undefined]).map((python) => ({
        sourceDir,
        outDir: path.join(dir, 'out', name),
        makes: ['wheel'] as const,
        python,
      }));
    });
    const onBuilt = () => abort.abort(new Error('enough'));
    const settled = await library.buildProjects(tool, projects, { jobs: 1, signal: abort.signal, onBuilt });
    const reasons = settled.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
    expect(reasons.length).toBeGreaterThanOrEqual(5);
    expect(new Set(reasons.map(({ code }) => code))).toEqual(new Set(['WHEELWRIGHT_ABORTED']));
  },
);

test('a call that waits for a lock ends with its own signal, and the tool works on', async () => {
  const dir = temporaryDir();
  await using tool = toolIn(dir);
  const { environment } = await library.createVenv(tool, { dir: 'env' });
  const lock = await acquireLock(path.join(environment.dir, '.lock'));
  const abort = new AbortController();
  const wheel = writeWheel(dir, { name: 'one' });
  const waiting = library.install(tool, { environment: 'env', requirements: [wheel], signal: abort.signal });
  setTimeout(() => abort.abort(new Error('enough')), 50);
  await expect(waiting).rejects.toMatchObject({
    code: 'WHEELWRIGHT_ABORTED',
    message: 'The call was aborted: enough.',
  });
  lock.release();
  expect(await library.list(tool, { environment: 'env' })).toEqual([]);
  await library.install(tool, { environment: 'env', requirements: [wheel] });
  expect(await library.list(tool, { environment: 'env' })).toHaveLength(1);
});

test("the tool's own signal ends every call with the same code", async () => {
  const dir = temporaryDir();
  const abort = new AbortController();
  await using tool = toolIn(dir, abort.signal);
  await library.createVenv(tool, { dir: 'env' });
  abort.abort();
  await expect(library.verify(tool, { environment: 'env' })).rejects.toMatchObject({ code: 'WHEELWRIGHT_ABORTED' });
});
