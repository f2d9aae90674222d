// A process dies in a change in place, pip writes into what it was replacing, and only then a recovery runs: with a
// crash at every mutation of the change, and in the recovery too. Nothing that was written is lost, and it is reported.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { nodeFs } from '@wheelwright/atomic-fs';
import { crashingFs } from '@wheelwright/testkit/crashing-fs';
import { forEveryCrash } from '@wheelwright/testkit/every-crash';
import { copyTree, memoryDir } from '@wheelwright/testkit/temporary';
import { expect, test } from 'vitest';
import {
  adoptEnvironment,
  type ChangeOptions,
  changeEnvironment,
  type EnvironmentChange,
  makePlain,
  needsRecovery,
  type RecoveryReport,
  recoverEnvironment,
  verifyEnvironment,
} from '../src/index.ts';
import { clock, site, wheelTree } from './environments.ts';
import { addGuest, makeVenv } from './prefixes.ts';

const quickFs = { ...nodeFs, fsync: () => undefined, syncFileSystem: () => true };
const options: ChangeOptions = { now: clock(720), fs: quickFs };

function place() {
  const dir = memoryDir();
  const [env, template] = [path.join(dir, 'env'), path.join(dir, 'template')];
  makeVenv(template);
  addGuest(path.join(template, site), 'guest', { files: { 'guest/__init__.py': 'one', 'guest/old.py': 'o' } });
  const two = wheelTree(path.join(dir, 'store'), 'guest', { version: '2.0', files: { 'guest/__init__.py': 'two' } });
  return { env, template, change: { add: [two], remove: [] } satisfies EnvironmentChange };
}

const mine = `${site}/guest/mine.py`;

/** As pip would, which knows nothing of the change. */
function write(env: string): void {
  const packageDir = path.join(env, site, 'guest');
  mkdirSync(path.join(packageDir, '__pycache__'), { recursive: true });
  writeFileSync(path.join(packageDir, '__pycache__/mine.cpython-311.pyc'), 'code');
  writeFileSync(path.join(packageDir, 'mine.py'), 'mine');
}

/** Where the text is now: in its place, or aside. */
function whereIs(env: string, file: string): string[] {
  const aside = path.join(env, '.wheelwright/work/displaced');
  const kept = existsSync(aside) ? readdirSync(aside, { recursive: true, encoding: 'utf8' }) : [];
  const places = [file, ...kept.map((name) => path.join('.wheelwright/work/displaced', name))];
  return places.filter((name) => {
    const at = path.join(env, name);
    return name.endsWith('/mine.py') && existsSync(at) && readFileSync(at, 'utf8') === 'mine';
  });
}

function isDecided(env: string): boolean {
  return existsSync(path.join(env, '.wheelwright/work/journal'));
}

const changes: readonly (readonly [string, (env: string, given: ChangeOptions) => Promise<unknown>])[] = [
  ['an upgrade', (env, given) => changeEnvironment(env, place().change, given)],
  ['the turn into generations', (env, given) => adoptEnvironment(env, given)],
  [
    'the turn into a venv',
    async (env, given) => {
      if (!existsSync(path.join(env, '.wheelwright'))) await adoptEnvironment(env, options);
      await makePlain(env, given);
    },
  ],
];

test.each(changes)(
  'files written between a crash of %s and its recovery are there, or kept and reported',
  async (title, run) => {
    const { env, template } = place();
    if (title.endsWith('into a venv')) await adoptEnvironment(template, options);
    const outcomes = new Set<string>();
    await forEveryCrash({
      inner: quickFs,
      hows: ['before'],
      setUp: () => copyTree(template, env),
      run: (fs) => run(env, { ...options, fs }),
      check: async (n) => {
        if (!isDecided(env)) return;
        write(env);
        const dying = crashingFs(quickFs, { crashAt: n % 17 });
        const first = await recoverEnvironment(env, { fs: dying }).catch((error: unknown) => {
          if (!dying.crashed) throw error;
        });
        const report: RecoveryReport = first ?? (await recoverEnvironment(env, { fs: quickFs }));
        expect(needsRecovery(env)).toBe(false);
        const places = whereIs(env, mine);
        expect(places).toHaveLength(1);
        const told = report.others?.displaced.map((one) => path.relative(env, one.keptAt)) ?? [];
        if (places[0] === mine) expect(told).toEqual([]);
        // A recovery that died when all was done has reported nothing: the next one finds what it kept.
        else if (first !== undefined || report.changed !== undefined) expect(told).toEqual(places);
        outcomes.add(places[0] === mine ? 'there' : 'kept');
      },
    });
    expect([...outcomes].sort()).toContain('kept');
  },
);

test('a call that finishes the change of another process reports what was kept and does nothing else; the next call works', async () => {
  const { env, template, change } = place();
  const counting = crashingFs(quickFs);
  copyTree(template, env);
  await changeEnvironment(env, change, { ...options, fs: counting });
  const decision = counting.operations.findIndex((line) => /^rename .*transaction\/journal/.test(line)) + 1;
  copyTree(template, env);
  const dying = crashingFs(quickFs, { crashAt: decision, how: 'after' });
  await expect(changeEnvironment(env, change, { ...options, fs: dying })).rejects.toThrow('crash');
  expect(isDecided(env)).toBe(true);
  write(env);
  const one = wheelTree(path.join(path.dirname(env), 'store'), 'one');
  const again = () => changeEnvironment(env, { add: [one], remove: [] }, options);
  await expect(again()).rejects.toMatchObject({
    code: 'INSTALL_ENVIRONMENT_CHANGED',
    message: expect.stringContaining(mine),
    data: { committed: false, written: [mine], displaced: [{ path: mine }] },
  });
  expect(verifyEnvironment(env).problems).toEqual([]);
  expect(await again()).toMatchObject({ committed: true });
  expect(whereIs(env, mine)).toHaveLength(1);
});
