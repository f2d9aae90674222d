// Real packages: a change of an environment that brings some and takes others away, crashed and failed at hundreds of
// its steps. Part of `pnpm prove`; the packages are pinned.
import { execFileSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { nodeFs } from '@wheelwright/atomic-fs';
import { isCodedError } from '@wheelwright/errors';
import {
  type ChangeOptions,
  changeEnvironment,
  type EnvironmentChange,
  needsRecovery,
  readInstalledState,
  recoverEnvironment,
  verifyEnvironment,
  type WheelTree,
} from '@wheelwright/installer';
import { createEnvironment, findInterpreter } from '@wheelwright/python';
import { openStore } from '@wheelwright/store';
import { type CrashingFs, crashingFs, type Moment } from '@wheelwright/testkit/crashing-fs';
import { pinnedPython, pinnedWheels } from '@wheelwright/testkit/pinned';
import { proved } from '@wheelwright/testkit/proof';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { describe, expect, onTestFinished, test } from 'vitest';
import { toWheelTree } from '../src/wheels/wheel-trees.ts';

const stacks: [title: string, requirements: readonly string[]][] = [
  ['a notebook stack', ['notebook']],
  ['packages that share a folder', ['nvidia-nvtx-cu12', 'nvidia-cuda-runtime-cu12', 'nvidia-cuda-cupti-cu12']],
];
// No power cut here: what reaches the disk, and when, is not seen.
const disk = { ...nodeFs, fsync: () => undefined, syncFileSystem: () => true };

/** Every point of the last steps, where the change is decided, and so many of the steps before. */
const lastSteps = 60;
const sampled = 80;

describe.each(stacks)('%s', (_title, requirements) => {
  test('a crash anywhere leaves the old environment or the new one, and the next command nothing over', async () => {
    const { fresh, change, outcomes, total } = await place(requirements);
    let points = 0;
    for (const n of pointsOf(total)) {
      for (const how of ['before', 'after', 'torn'] as Moment[]) {
        if (how !== 'before' && n < total - lastSteps) continue;
        const { env, fs } = fresh({ crashAt: n, how });
        await changeEnvironment(env, change, { fs, linkMode: 'auto' } as ChangeOptions).catch((error: unknown) => {
          if (!fs.crashed) throw error;
        });
        expect(outcomes).toContainEqual(namesIn(env));
        if (points % 20 === 0)
          expect(verifyEnvironment(env).problems.filter(({ kind }) => kind !== 'unfinished')).toEqual([]);
        await finish(env, change, outcomes[1]);
        points += 1;
      }
    }
    proved(points, `crash points of ${total} operations`);
  });

  test('an error anywhere leaves the old environment, or says that it is the new one', async () => {
    const { fresh, change, outcomes, total } = await place(requirements);
    let points = 0;
    for (const error of ['ENOSPC', 'EIO']) {
      for (const n of pointsOf(total).filter((_, index) => index % 3 === 0)) {
        const { env, fs } = fresh({ crashAt: n, error, sticky: n % 2 === 0 });
        let committed = true;
        await changeEnvironment(env, change, { fs }).catch((thrown: unknown) => {
          committed = isCodedError(thrown) && thrown.data.committed === true;
        });
        expect(namesIn(env)).toEqual(outcomes[committed ? 1 : 0]);
        await finish(env, change, outcomes[1]);
        points += 1;
      }
    }
    proved(points, `error points of ${total} operations`);
  });
});

function pointsOf(total: number): number[] {
  const early = Array.from({ length: sampled }, (_, n) => 1 + Math.floor((n * (total - lastSteps)) / sampled));
  return [...new Set([...early, ...Array.from({ length: lastSteps }, (_, n) => total - lastSteps + 1 + n)])];
}

function namesIn(env: string): string[] {
  return readInstalledState(env).distributions.map(({ name, version }) => `${name} ${version}`);
}

/** The next command finds its way from whatever was left. */
async function finish(env: string, change: EnvironmentChange, expected: readonly string[]): Promise<void> {
  await recoverEnvironment(env);
  const present = new Set(readInstalledState(env).distributions.map(({ name }) => name));
  await changeEnvironment(
    env,
    { ...change, remove: change.remove.filter((name) => present.has(name)) },
    { durability: 'none' },
  );
  expect(namesIn(env)).toEqual(expected);
  expect(needsRecovery(env)).toBe(false);
  expect(readdirSync(path.join(env, '.wheelwright')).sort()).toEqual(['current', 'format', 'generations']);
  rmSync(env, { recursive: true, force: true });
}

/** An environment with every second wheel; the change brings the others and takes half of the first away. */
async function place(requirements: readonly string[]) {
  const dir = temporaryDir();
  const store = await openStore(path.join(dir, 'store'));
  onTestFinished(() => store.close());
  const cache = { read: () => undefined, write: () => undefined };
  const interpreter = await findInterpreter(pinnedPython().executable, { searchPath: '', cache });
  const trees: WheelTree[] = [];
  for (const wheelPath of pinnedWheels(...requirements)) {
    trees.push(await toWheelTree(store, await store.addWheel(wheelPath), { requested: false }));
  }
  const template = path.join(dir, 'template');
  await createEnvironment(template, { interpreter, layout: 'own' });
  const first = trees.filter((_, n) => n % 2 === 0);
  await changeEnvironment(template, { add: first, remove: [] }, { durability: 'none' });
  const change = {
    add: trees.filter((_, n) => n % 2 === 1),
    remove: first.filter((_, n) => n % 2 === 1).map(({ name }) => name),
  };

  let count = 0;
  const fresh = (trouble: Parameters<typeof crashingFs>[1]): { env: string; fs: CrashingFs } => {
    count += 1;
    const env = path.join(dir, `env-${count}`);
    execFileSync('cp', ['-al', template, env]);
    return { env, fs: crashingFs(disk, trouble) };
  };
  const { env, fs } = fresh({});
  const before = namesIn(env);
  await changeEnvironment(env, change, { fs });
  const outcomes: [string[], string[]] = [before, namesIn(env)];
  rmSync(env, { recursive: true, force: true });
  return { fresh, change, outcomes, total: fs.operations.length };
}
