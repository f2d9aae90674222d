// Ten processes on one environment, round after round: what comes out is what some order of them gives.
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { type Actor, startActor } from '@wheelwright/testkit/actors';
import { proved, trials } from '@wheelwright/testkit/proof';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, test } from 'vitest';
import { changeEnvironment, readInstalledState, verifyEnvironment, type WheelTree } from '../src/index.ts';
import type { Task } from './actors/worker.ts';
import { makeEnvironment, readThrough, wheelTree } from './environments.ts';

const rounds = trials(30, 300);
const ten = Array.from({ length: 10 }, (_, n) => n);

interface Team {
  readonly dir: string;
  /** A fresh environment with these wheels in it. */
  environment(round: number, wheels: readonly WheelTree[]): Promise<string>;
  /** Gives each its task at once; what each said. */
  perform(tasks: readonly Task[]): Promise<string[]>;
}

async function team(): Promise<Team> {
  const dir = temporaryDir();
  const actors = ten.map(() => startActor(import.meta.url, 'worker'));
  await Promise.all(actors.map((actor) => actor.hear('ready')));
  return {
    dir,
    async environment(round, wheels) {
      const env = path.join(dir, `env-${round}`);
      mkdirSync(env);
      makeEnvironment(env);
      if (wheels.length > 0) await changeEnvironment(env, { add: wheels, remove: [] }, { durability: 'none' });
      return env;
    },
    async perform(tasks) {
      const working = tasks.map((task, n) => {
        const actor = actors[n] as Actor;
        actor.tell(JSON.stringify(task));
        return actor;
      });
      return Promise.all(working.map((actor) => actor.hear(/^(?:done|failed) /)));
    },
  };
}

function part(dir: string, n: number, version = '1.0'): WheelTree {
  return wheelTree(path.join(dir, 'store'), `part${n}`, {
    version,
    files: {
      'shared/__init__.py': '# the same in all of them\n',
      [`shared/of_version_${version.replace('.', '_')}.py`]: version,
      [`shared/part${n}.py`]: version,
      [`part${n}/__init__.py`]: version,
    },
    scripts: { [`part${n}`]: `part${n}:main` },
  });
}

function installed(env: string): string[] {
  return readInstalledState(env).distributions.map(({ name, version }) => `${name} ${version}`);
}

function expectWhole(env: string): void {
  expect(verifyEnvironment(env).problems).toEqual([]);
}

/** Ten committed changes follow each other without a gap. */
function expectInOrder(said: readonly string[], first: number): void {
  const numbers = said.map((line) => Number(line.split(' ')[1])).sort((a, b) => a - b);
  expect(numbers).toEqual(ten.map((n) => first + n));
}

test('ten that install different wheels with files in common all get in, and ten that upgrade them all do', async () => {
  const { dir, environment, perform } = await team();
  const old = ten.map((n) => part(dir, n));
  const fresh = ten.map((n) => part(dir, n, '2.0'));
  for (let round = 0; round < rounds; round += 1) {
    const env = await environment(round, []);
    expectInOrder(await perform(old.map((wheel) => ({ environmentDir: env, add: [wheel] }))), 2);
    expect(installed(env)).toEqual(ten.map((n) => `part${n} 1.0`));
    expectWhole(env);
    expectInOrder(await perform(fresh.map((wheel) => ({ environmentDir: env, add: [wheel] }))), 12);
    expect(installed(env)).toEqual(ten.map((n) => `part${n} 2.0`));
    expect(Object.keys(readThrough(env)).filter((file) => file.includes('of_version_1'))).toEqual([]);
    expectWhole(env);
  }
  proved(2 * rounds, 'rounds of ten processes');
});

test('ten that fight over two versions of one package leave one of them, whole', async () => {
  const { dir, environment, perform } = await team();
  const versions = ['1.0', '2.0'].map((version) => part(dir, 0, version));
  const alone = new Map<string, Record<string, string>>();
  for (const [n, wheel] of versions.entries()) {
    alone.set(wheel.version, readThrough(await environment(-1 - n, [wheel])));
  }
  for (let round = 0; round < rounds; round += 1) {
    const env = await environment(round, []);
    const said = await perform(ten.map((n) => ({ environmentDir: env, add: [versions[n % 2]!] })));
    expect(said.filter((line) => line.startsWith('failed'))).toEqual([]);
    const [one] = readInstalledState(env).distributions;
    expect(withoutPaths(readThrough(env))).toEqual(withoutPaths(alone.get(one!.version)!));
    expectWhole(env);
  }
  proved(rounds, 'rounds of ten processes');
});

test('an install beside a rollback comes before it or after it', async () => {
  const { dir, environment, perform } = await team();
  const [first, second, third] = ten.map((n) => part(dir, n));
  for (let round = 0; round < rounds; round += 1) {
    const env = await environment(round, [first!]);
    await changeEnvironment(env, { add: [second!], remove: [] }, { durability: 'none' });
    const said = await perform([{ environmentDir: env, add: [third!] }, { environmentDir: env }]);
    expect(said.filter((line) => line.startsWith('failed'))).toEqual([]);
    // Back from all three to the first two; or back to the first, and then the third.
    expect([
      ['part0 1.0', 'part1 1.0'],
      ['part0 1.0', 'part2 1.0'],
    ]).toContainEqual(installed(env));
    expectWhole(env);
  }
  proved(rounds, 'rounds of an install beside a rollback');
});

/** Scripts and their hashes name the environment that they are in. */
function withoutPaths(tree: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(tree).map(([file, text]) => [
    file,
    text.replace(/env--?\d+/g, 'env').replace(/^(\.\.\/.*bin\/.*),sha256=.*$/gm, '$1'),
  ]);
}
