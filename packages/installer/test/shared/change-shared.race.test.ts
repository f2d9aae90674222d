// Several processes that want the same sets at once, some of them killed, while others remove what no environment names.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { removeTree } from '@wheelwright/atomic-fs';
import { type Actor, startActor } from '@wheelwright/testkit/actors';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, onTestFinished, test } from 'vitest';
import { changeEnvironment, pruneShared, readInstalledState, verifyEnvironment } from '../../src/index.ts';
import type { SharerTask } from '../actors/sharer.ts';
import { wheelTree } from '../environments.ts';
import { makeSharedEnvironment, sharedKeys, sharingIn } from '../sharing.ts';

function place(environments: number) {
  const dir = temporaryDir();
  const dataDir = path.join(dir, 'data');
  onTestFinished(() => removeTree(dataDir));
  const envs = Array.from({ length: environments }, (_, index) => {
    const env = path.join(dir, `env${index}`);
    mkdirSync(env);
    return makeSharedEnvironment(env);
  });
  const wheels = ['a', 'b', 'c'].flatMap((name) =>
    ['1.0', '2.0'].map((version) =>
      wheelTree(path.join(dir, 'store'), name, {
        version,
        files: Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`${name}/m${n}.py`, version])),
        scripts: { [`run-${name}`]: `${name}:main` },
      }),
    ),
  );
  const start = (environmentDir: string, changes: SharerTask['changes']): Actor => {
    const file = `${environmentDir}.json`;
    writeFileSync(file, JSON.stringify({ environmentDir, dataDir, wheels, changes } satisfies SharerTask));
    return startActor(import.meta.url, 'sharer', { arguments: [file] });
  };
  return { dataDir, envs, wheels, start };
}

// Every environment goes through the same four sets, one of them twice.
const changes = [[0, 2], [1], [4, 0], [1, 3], [0, 2]];

test('Eight environments that want the same sets at once build each of them once.', async () => {
  const { dataDir, envs, start } = place(8);
  const actors = envs.map((env) => start(env, changes));
  for (const actor of actors) await actor.hear('ready');
  for (const actor of actors) actor.tell('go');
  for (const actor of actors) expect(await actor.exited).toMatchObject({ code: 0, errors: '' });
  const built = actors.flatMap(({ lines }) => lines.filter((line) => line === 'built'));
  const keys = sharedKeys(dataDir);
  expect(keys.every((key) => /^[0-9a-f]{64}$/.test(key))).toBe(true);
  expect(built).toHaveLength(keys.length);
  for (const env of envs) expect(verifyEnvironment(env).problems).toEqual([]);
});

test('pruning processes keep generations in use and remove what killed processes left', async () => {
  const { dataDir, envs, wheels, start } = place(6);
  const actors = envs.map((env) => start(env, [...changes, ...changes]));
  for (const actor of actors) await actor.hear('ready');
  for (const actor of actors) actor.tell('go');
  let running = actors.length;
  for (const actor of actors) void actor.exited.then(() => (running -= 1));
  for (let round = 0; running > 0; round += 1) {
    await setImmediate();
    await pruneShared(dataDir, { unusedForMs: 0 });
    for (const env of envs) expect(() => readInstalledState(env)).not.toThrow();
    if (round === 3) actors[0]!.kill();
    if (round === 6) actors[1]!.kill();
  }
  for (const actor of actors.slice(2)) expect(await actor.exited).toMatchObject({ code: 0, errors: '' });
  for (const env of envs) {
    await changeEnvironment(
      env,
      { add: [wheels[0]!, wheels[2]!], remove: [] },
      { sharing: sharingIn(dataDir, wheels) },
    );
    expect(verifyEnvironment(env).problems).toEqual([]);
  }
  await pruneShared(dataDir, { unusedForMs: 0 });
  expect(sharedKeys(dataDir).filter((key) => key.startsWith('.'))).toEqual([]);
  for (const env of envs) expect(verifyEnvironment(env).problems).toEqual([]);
});
