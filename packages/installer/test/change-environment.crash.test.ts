// An install, an upgrade and an uninstall, each with a crash and with an error at every mutation of the disk.
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { type Fs, nodeFs } from '@wheelwright/atomic-fs';
import { isCodedError } from '@wheelwright/errors';
import { forEveryCrash, forEveryError } from '@wheelwright/testkit/every-crash';
import { copyTree, memoryDir } from '@wheelwright/testkit/temporary';
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

/** An hour and five minutes after the first was superseded, ten minutes after the second was. */
const options: ChangeOptions = { now: clock(720), fs: quickFs };

// Three generations: empty, one, one and two. The oldest goes with the next change.
beforeEach(async () => {
  dir = memoryDir();
  [env, template] = [path.join(dir, 'env'), path.join(dir, 'template')];
  mkdirSync(env);
  makeEnvironment(env);
  await changeEnvironment(env, { add: [one()], remove: [] }, { ...options, now: clock(655) });
  await changeEnvironment(env, { add: [two()], remove: [] }, { ...options, now: clock(710) });
  copyTree(env, template);
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

describe.each(changes)('%s', (title, makeChange) => {
  // Looking into every process takes longer than all the rest: one of the three retires a generation, the others none.
  const retires = title === 'an install';
  const given: ChangeOptions = retires ? options : { ...options, keepGenerations: 9 };
  const run = (change: EnvironmentChange, fs: Fs = quickFs) => changeEnvironment(env, change, { ...given, fs });

  const undisturbed = async (change: EnvironmentChange): Promise<Outcome> => {
    const before = readThrough(env);
    expect(await run(change)).toMatchObject({ generation: 4, retired: retires ? [1] : [] });
    return { before, after: readThrough(env) };
  };
  const finish = async (change: EnvironmentChange, { after }: Outcome) => {
    const present = new Set(readInstalledState(env).distributions.map(({ name }) => name));
    const remove = change.remove.filter((name) => present.has(name));
    expect(await run({ ...change, remove })).toMatchObject({ generation: 4 });
    expect(readThrough(env)).toEqual(after);
    expect(litter()).toEqual([]);
    expect(needsRecovery(env)).toBe(false);
    expect(verifyEnvironment(env).problems).toEqual([]);
  };

  test.each(retires ? [true, false] : [true])(
    'that crashes anywhere reads as old or new, and the next one leaves nothing over (native calls: %s)',
    async (native) => {
      const change = makeChange();
      const outcome = await undisturbed(change);
      const points = await forEveryCrash({
        inner: quickFs,
        native,
        setUp: () => copyTree(template, env),
        run: (fs) => run(change, fs),
        check: async () => {
          expect([outcome.before, outcome.after]).toContainEqual(readThrough(env));
          expect(() => readInstalledState(env)).not.toThrow();
          await finish(change, outcome);
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
      errors: retires ? ['ENOSPC', 'EIO', 'EACCES'] : ['ENOSPC'],
      setUp: () => copyTree(template, env),
      run: (fs) => run(change, fs),
      check: async (_n, _context, { thrown, sticky }) => {
        const committed = thrown === undefined || (isCodedError(thrown) && thrown.data.committed === true);
        expect(readThrough(env)).toEqual(committed ? outcome.after : outcome.before);
        if (!committed && !sticky) expect(litter()).toEqual([]);
        await finish(change, outcome);
      },
    });
    expect(points).toBeGreaterThan(60);
  });
});

test('a rollback that crashes anywhere reads as old or new, and can be repeated', async () => {
  const before = readThrough(env);
  await rollBack(env, undefined, { fs: quickFs });
  const after = readThrough(env);
  await forEveryCrash({
    inner: quickFs,
    setUp: () => copyTree(template, env),
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
