// Several processes that change one environment at once, and some that are killed: what comes out is what some order of
// whole changes gives.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Actor, seededRandom, startActor } from '@wheelwright/testkit/actors';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, test } from 'vitest';
import {
  changeEnvironment,
  readInstalledState,
  recoverEnvironment,
  verifyEnvironment,
  type WheelTree,
} from '../src/index.ts';
import type { ChangerTask } from './actors/changer.ts';
import { makeEnvironment, readThrough, readTree, wheelTree } from './environments.ts';

interface Place {
  readonly dir: string;
  readonly env: string;
  readonly wheels: readonly WheelTree[];
}

// Four packages in three versions; all of a version share a file, and all share one more.
function place(): Place {
  const dir = temporaryDir();
  const env = path.join(dir, 'env');
  mkdirSync(env);
  makeEnvironment(env);
  const wheels = ['a', 'b', 'c', 'd'].flatMap((name) =>
    ['1.0', '2.0', '3.0'].map((version) => {
      const files = {
        [`${name}.py`]: version,
        [`${name}/v${version}.py`]: '',
        'shared/__init__.py': '',
        [`shared/${name}.py`]: version,
      };
      return wheelTree(path.join(dir, 'store'), name, {
        version,
        files,
        scripts: { [`run-${name}`]: `${name}:main${version[0]}` },
      });
    }),
  );
  return { dir, env, wheels };
}

function start({ dir, env, wheels }: Place, index: number, random: () => number, count: number): [Actor, ChangerTask] {
  const below = (limit: number) => Math.floor(random() * limit);
  const changes = Array.from({ length: count }, () => {
    const first = below(wheels.length);
    const second = (first + 3) % wheels.length; // of another name
    const removed = (first + 6) % wheels.length;
    return { add: below(3) === 0 ? [first, second] : [first], remove: below(2) === 0 ? [removed] : [] };
  });
  const task: ChangerTask = { environmentDir: env, wheels, changes };
  const file = path.join(dir, `task-${index}.json`);
  writeFileSync(file, JSON.stringify(task));
  return [startActor(import.meta.url, 'changer', { arguments: [file] }), task];
}

test('Changes of six processes give what they give one after the other.', async () => {
  const seed = Date.now() % 100_000;
  const random = seededRandom(seed);
  const here = place();
  const actors = Array.from({ length: 6 }, (_, index) => start(here, index, random, 5));
  for (const [actor] of actors) await actor.hear('ready');
  for (const [actor] of actors) actor.tell('go');
  for (const [actor] of actors) expect(await actor.exited, `seed ${seed}`).toMatchObject({ code: 0, errors: '' });

  const committed: { generation: number; change: ChangerTask['changes'][number] }[] = [];
  for (const [actor, task] of actors) {
    for (const line of actor.lines.filter((said) => said.startsWith('change '))) {
      const [, index, generation] = line.split(' ').map(Number);
      if (generation !== 0) committed.push({ generation: generation!, change: task.changes[index!]! });
    }
  }
  committed.sort((a, b) => a.generation - b.generation);
  expect(committed.map(({ generation }) => generation)).toEqual(committed.map((_, index) => index + 2));

  const result = readThrough(here.env);
  expect(verifyEnvironment(here.env).problems, `seed ${seed}`).toEqual([]);
  const again = place();
  for (const { change } of committed) {
    const present = new Set(readInstalledState(again.env).distributions.map(({ name }) => name));
    const remove = change.remove.map((at) => here.wheels[at]!.name).filter((name) => present.has(name));
    await changeEnvironment(
      again.env,
      { add: change.add.map((at) => here.wheels[at]!), remove },
      { durability: 'none' },
    );
  }
  const moved = Object.fromEntries(
    Object.entries(readThrough(again.env)).map(([name, text]) => [name, text.replaceAll(again.dir, here.dir)]),
  );
  // The hash of a script is the hash of a path.
  const comparable = (tree: Record<string, string>) =>
    Object.entries(tree).map(([name, text]) => [name, text.replace(/^(\.\.\/.*bin\/.*),sha256=.*$/gm, '$1')]);
  expect(comparable(result), `seed ${seed}`).toEqual(comparable(moved));
});

test('Processes killed at any moment leave an environment that is whole, and the next one cleans up.', async () => {
  const seed = Date.now() % 100_000;
  const random = seededRandom(seed);
  const here = place();
  for (let round = 0; round < 4; round += 1) {
    const actors = Array.from({ length: 3 }, (_, index) => start(here, index, random, 20)[0]);
    for (const actor of actors) await actor.hear('ready');
    const victims = actors.slice(0, 2).map((actor) => ({ actor, after: 1 + Math.floor(random() * 8) }));
    for (const { actor, after } of victims) {
      let said = 0;
      actor.onLine((line) => {
        if (line.startsWith('change ')) said += 1;
        if (said === after) actor.kill();
      });
    }
    for (const actor of actors) actor.tell('go');
    for (const { actor } of victims) await actor.exited;
    actors[2]!.kill();
    await actors[2]!.exited;
    expect(() => readInstalledState(here.env), `seed ${seed}`).not.toThrow();
    await recoverEnvironment(here.env);
    expect(verifyEnvironment(here.env).problems, `seed ${seed}`).toEqual([]);
    expect(Object.keys(readTree(here.env)).filter((name) => /\.partial$|trash|staging/.test(name))).toEqual([]);
  }
});
