// Many creators of one environment at once, some of them killed.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { seededRandom, startActor } from '@wheelwright/testkit/actors';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, test } from 'vitest';
import { createEnvironment, readEnvironment } from '../../src/index.ts';
import { fakeInterpreter } from '../interpreters.ts';

const start = (dir: string, executable: string, ...words: string[]) =>
  startActor(import.meta.url, 'creator', { arguments: [dir, executable, ...words] });

test('many processes create one environment: one makes it, the others use it', async () => {
  const root = temporaryDir();
  const dir = path.join(root, 'env');
  const { executable } = fakeInterpreter(root);
  const creators = Array.from({ length: 6 }, () => start(dir, executable));
  await Promise.all(creators.map((creator) => creator.hear('ready')));
  for (const creator of creators) creator.tell('go');
  const answers = await Promise.all(creators.map((creator) => creator.hear(/^(created|adopted)$/)));
  expect(answers.sort()).toEqual(['adopted', 'adopted', 'adopted', 'adopted', 'adopted', 'created']);
  expect(readEnvironment(dir)).toMatchObject({ kind: 'own', generation: 1 });
  await Promise.all(creators.map((creator) => creator.exited));
  expect(readdirSync(root).sort()).toEqual(['base', 'env']);
});

test('in one process it is the same', async () => {
  const root = temporaryDir();
  const dir = path.join(root, 'env');
  const options = { interpreter: fakeInterpreter(root), layout: 'own' } as const;
  const made = await Promise.all(Array.from({ length: 5 }, () => createEnvironment(dir, options)));
  expect(made.filter(({ created }) => created)).toHaveLength(1);
  expect(readdirSync(root).sort()).toEqual(['base', 'env']);
});

test('those that clear one at once come one after the other, and a whole one is there at the end', async () => {
  const root = temporaryDir();
  const dir = path.join(root, 'env');
  const interpreter = fakeInterpreter(root);
  await createEnvironment(dir, { interpreter, layout: 'own' });
  const creators = Array.from({ length: 4 }, () => start(dir, interpreter.executable, 'clear'));
  await Promise.all(creators.map((creator) => creator.hear('ready')));
  for (const creator of creators) creator.tell('go');
  for (const creator of creators) expect(await creator.exited).toMatchObject({ code: 0, errors: '' });
  expect(readEnvironment(dir)).toMatchObject({ kind: 'own', generation: 1 });
  expect(readdirSync(root).sort()).toEqual(['base', 'env']);
});

test('creators that are killed leave nothing that the next one does not sweep', async () => {
  const seed = Date.now() % 1_000_000;
  console.log(`seed ${seed}`);
  const random = seededRandom(seed);
  const root = temporaryDir();
  const dir = path.join(root, 'env');
  const interpreter = fakeInterpreter(root);
  for (let round = 0; round < 4; round++) {
    const creators = Array.from({ length: 3 }, () => start(dir, interpreter.executable, 'clear'));
    await Promise.all(creators.map((creator) => creator.hear('ready')));
    for (const creator of creators) creator.tell('go');
    const doomed = creators[Math.floor(random() * creators.length)]!;
    // Killed wherever it is by then.
    for (let turns = random() * 2000; turns > 0; turns--) await new Promise(setImmediate);
    doomed.kill();
    await Promise.all(creators.map((creator) => creator.exited));
    expect(readEnvironment(dir)).toMatchObject({ kind: 'own', generation: 1 });
  }
  await createEnvironment(dir, { interpreter, layout: 'own', clear: true });
  expect(readdirSync(root).sort()).toEqual(['base', 'env']);
});
