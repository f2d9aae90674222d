// An install, an upgrade and an uninstall, each with a crash and with an error at every mutation of the disk.
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { nodeFs } from '@wheelwright/atomic-fs';
import { isCodedError } from '@wheelwright/errors';
import { forEveryCrash, forEveryError } from '@wheelwright/testkit/crashing-fs';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  type ChangeOptions,
  changeEnvironment,
  type EnvironmentChange,
  needsRecovery,
  readInstalledState,
  rollBack,
  verifyEnvironment,
} from '../src/index.ts';
import { clock, makeEnvironment, readThrough, readTree, type WheelTreeOptions, wheelTree } from './environments.ts';

let dir: string;
let env: string;
let template: string;
const wheel = (name: string, options: WheelTreeOptions = {}) => wheelTree(path.join(dir, 'store'), name, options);
const one = () => wheel('one', { scripts: { go: 'one.mod:main' }, data: { 'data/man/one.1': '1' } });
const two = (version = '1.0') => wheel('two', { version, files: { 'two.py': `v = '${version}'\n`, 'ns/two.py': '2' } });

/** A disk on which every sync is counted and none is waited for: what a power cut takes is another test. */
const quickFs = { ...nodeFs, fsync: () => undefined, syncFileSystem: () => true };

/** Half a day later, so that what is superseded is old enough to go. */
const options: ChangeOptions = { now: clock(720), fs: quickFs };

// Three generations: empty, one, one and two. The oldest goes with the next change.
beforeEach(async () => {
  dir = temporaryDir();
  [env, template] = [path.join(dir, 'env'), path.join(dir, 'template')];
  mkdirSync(env);
  makeEnvironment(env);
  await changeEnvironment(env, { add: [one()], remove: [] }, { ...options, now: clock(1) });
  await changeEnvironment(env, { add: [two()], remove: [] }, { ...options, now: clock(2) });
  copy(env, template);
});

const changes: readonly (readonly [string, () => EnvironmentChange])[] = [
  [
    'an install',
    () => ({
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
  ],
  ['an upgrade', () => ({ add: [two('2.0')], remove: [] })],
  ['an uninstall', () => ({ add: [], remove: [one().name] })],
];

describe.each(changes)('%s', (_title, makeChange) => {
  test.each([true, false])(
    'that crashes anywhere reads as old or new, and the next one leaves nothing over (native calls: %s)',
    async (native) => {
      const change = makeChange();
      const outcome = await undisturbed(change);
      const points = await forEveryCrash({
        inner: quickFs,
        native,
        setUp: () => copy(template, env),
        run: (fs) => changeEnvironment(env, change, { ...options, fs }),
        check: async () => {
          expectOldOrNew(outcome);
          const again = await changeEnvironment(env, idempotent(change), options);
          expect(again.generation).toBe(4);
          expectClean(outcome);
        },
      });
      expect(points).toBeGreaterThan(40);
    },
  );

  test('that meets an error is undone, or done', async () => {
    const change = makeChange();
    const outcome = await undisturbed(change);
    const points = await forEveryError({
      inner: quickFs,
      errors: ['ENOSPC', 'EIO', 'EACCES'],
      setUp: () => copy(template, env),
      run: async (fs) => {
        await changeEnvironment(env, change, { ...options, fs });
      },
      check: async (_n, _context, { thrown, sticky }) => {
        const committed = thrown === undefined || (isCodedError(thrown) && thrown.data.committed === true);
        expect(readThrough(env)).toEqual(committed ? outcome.after : outcome.before);
        if (!committed && !sticky) expect(litter()).toEqual([]);
        const again = await changeEnvironment(env, idempotent(change), options);
        expect(again.generation).toBe(4);
        expectClean(outcome);
      },
    });
    expect(points).toBeGreaterThan(200);
  });
});

test('a rollback that crashes anywhere reads as old or new, and can be repeated', async () => {
  const before = readThrough(env);
  await rollBack(env, undefined, { fs: quickFs });
  const after = readThrough(env);
  await forEveryCrash({
    inner: quickFs,
    setUp: () => copy(template, env),
    run: (fs) => rollBack(env, 2, { fs }),
    check: async () => {
      expect([before, after]).toContainEqual(readThrough(env));
      await rollBack(env, 2, { fs: quickFs });
      expect(readThrough(env)).toEqual(after);
      expect(litter()).toEqual([]);
    },
  });
});

interface Outcome {
  readonly before: Record<string, string>;
  readonly after: Record<string, string>;
}

async function undisturbed(change: EnvironmentChange): Promise<Outcome> {
  const before = readThrough(env);
  expect(await changeEnvironment(env, change, options)).toMatchObject({ generation: 4, retired: [1, 2] });
  return { before, after: readThrough(env) };
}

// What a second run of the command would ask for: to remove what is gone is nothing to do.
function idempotent(change: EnvironmentChange) {
  return ({ distributions }: { readonly distributions: readonly { readonly name: string }[] }): EnvironmentChange => ({
    ...change,
    remove: change.remove.filter((name) => distributions.some((distribution) => distribution.name === name)),
  });
}

function expectOldOrNew({ before, after }: Outcome): void {
  expect([before, after]).toContainEqual(readThrough(env));
  expect(() => readInstalledState(env)).not.toThrow();
}

function expectClean({ after }: Outcome): void {
  expect(readThrough(env)).toEqual(after);
  expect(litter()).toEqual([]);
  expect(needsRecovery(env)).toBe(false);
  expect(verifyEnvironment(env).problems).toEqual([]);
}

/** Whatever is there that an environment at rest does not have. */
function litter(): string[] {
  const root = readdirSync(path.join(env, '.wheelwright')).filter(
    (name) => !['format', 'current', 'generations'].includes(name),
  );
  const dangling = readdirSync(env).filter((name) => !existsSync(path.join(env, name)));
  const generations = readdirSync(path.join(env, '.wheelwright', 'generations'));
  const unmarked = generations.filter(
    (name) => !existsSync(path.join(env, '.wheelwright', 'generations', name, '.committed')),
  );
  return [...root, ...dangling, ...unmarked, ...Object.keys(readTree(env)).filter((name) => name.endsWith('.partial'))];
}

function copy(from: string, to: string): void {
  rmSync(to, { recursive: true, force: true });
  cpSync(from, to, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
}
