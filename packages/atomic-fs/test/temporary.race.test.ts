import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { seededRandom, startActor } from '@wheelwright/testkit/actors';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, test } from 'vitest';
import { sweepTemporaries } from '../src/index.ts';

const start = (name: string, ...words: string[]) => startActor(import.meta.url, name, { arguments: words });

test('two sweeps remove the files of a killed owner once and keep those of a living one', async () => {
  const dir = temporaryDir();
  const [living, dead] = [start('owner', dir, '0'), start('owner', dir, '0')];
  const [livingDir, deadDir] = [await living.hear(), await dead.hear()];
  const sweepers = [start('sweeper', dir), start('sweeper', dir)];
  await Promise.all(sweepers.map((sweeper) => sweeper.hear('ready')));
  dead.kill();
  await dead.exited;
  for (const sweeper of sweepers) sweeper.tell('sweep');
  const swept = (await Promise.all(sweepers.map((sweeper) => sweeper.hear(/^swept/))))
    .flatMap((line) => line.split(' ').slice(1))
    .filter(Boolean);
  expect(existsSync(deadDir)).toBe(false);
  expect(existsSync(path.join(livingDir, 'mine'))).toBe(true);
  // Both may have had a hand in it: the one that held the lease, and one that met the rest under its new name.
  expect(swept).toContain(path.dirname(deadDir));
  expect(swept).not.toContain(path.dirname(livingDir));
  expect(readdirSync(dir)).toEqual([path.basename(path.dirname(livingDir))]);
  living.tell('release');
  expect((await living.exited).code).toBe(0);
  expect(readdirSync(dir)).toEqual([]);
});

test('while owners and sweepers come, go and are killed, no living owner loses anything', async () => {
  const dir = temporaryDir();
  const seed = Date.now() % 1_000_000;
  console.info(`seed ${seed}`);
  const random = seededRandom(seed);
  const sweepers = [start('sweeper', dir), start('sweeper', dir)];
  for (const sweeper of sweepers) sweeper.tell('forever');
  const owners = Array.from({ length: 6 }, () => start('owner', dir, '150'));
  const doomed = owners.slice(0, 3).map((owner) => ({ owner, after: 1 + Math.floor(random() * 140) }));
  const killedSweeperAfter = 1 + Math.floor(random() * 140);
  for (const { owner, after } of doomed) {
    let rounds = 0;
    owner.onLine(() => {
      rounds += 1;
      if (rounds === after) owner.kill();
    });
  }
  let rounds = 0;
  owners[5]!.onLine(() => {
    rounds += 1;
    if (rounds === killedSweeperAfter) sweepers[0]!.kill();
  });
  const exits = await Promise.all(owners.map((owner) => owner.exited));
  expect(exits.slice(3).map(({ code, errors }) => `${code} ${errors}`)).toEqual(['0 ', '0 ', '0 ']);
  expect(owners.flatMap(({ lines }) => lines.filter((line) => line.startsWith('lost')))).toEqual([]);
  sweepers[1]!.kill();
  await Promise.all(sweepers.map((sweeper) => sweeper.exited));
  await sweepTemporaries(dir, { prefix: 'race' });
  expect(readdirSync(dir)).toEqual([]);
});
