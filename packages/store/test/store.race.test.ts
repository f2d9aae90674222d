import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { startActor } from '@wheelwright/testkit/actors';
import { proved, trials } from '@wheelwright/testkit/proof';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { writeWheel } from '@wheelwright/testkit/wheels';
import { describe, expect, it } from 'vitest';
import { openStore } from '../src/open-store.ts';
import { expectWhole } from './whole-store.ts';

const files = Object.fromEntries(Array.from({ length: 200 }, (_, n) => [`demo/m${n}.py`, `x = ${n}\n`.repeat(50)]));

function setUp() {
  const dir = path.join(temporaryDir(), 'store');
  const wheelPath = writeWheel(temporaryDir(), { name: 'demo', files });
  const start = (...how: string[]) => startActor(import.meta.url, 'filler', { arguments: [wheelPath, ...how] });
  return { dir, start };
}

describe.each([
  { title: 'with native calls', how: [], rounds: trials(30, 300) },
  { title: 'without native calls', how: ['plain'], rounds: trials(3, 30) },
])('$title', ({ how, rounds }) => {
  it('ten processes that want the same wheel of no store yet unpack it once', async () => {
    const { dir, start } = setUp();
    const actors = Array.from({ length: 10 }, () => start(...how));
    await Promise.all(actors.map((actor) => actor.hear('ready')));
    for (let round = 0; round < rounds; round += 1) {
      const store = `${dir}-${round}`;
      const before = actors.map((actor) => actor.lines.length);
      for (const actor of actors) actor.tell(store);
      const got = await Promise.all(actors.map((actor) => actor.hear(/^got /)));
      const said = actors.map((actor, n) => actor.lines.slice(before[n]));
      expect(new Set(got).size).toBe(1);
      expect(said.filter((lines) => lines.includes('added'))).toHaveLength(1);
      expect(said.every((lines) => lines.includes('changed 0'))).toBe(true);
      for (const actor of actors) actor.tell('close');
      await Promise.all(actors.map((actor) => actor.hear('closed')));
      await expectWhole(store);
      expect(readdirSync(path.join(store, 'leases'))).toEqual([]);
    }
    proved(rounds, 'rounds of ten processes');
  });

  it('a process that is killed while it fills is followed by the next, and its litter is swept', async () => {
    const { dir, start } = setUp();
    const victim = start(...how, 'stuck');
    await victim.hear('ready');
    victim.tell(dir);
    await victim.hear('stuck');
    const heir = start(...how);
    await heir.hear('ready');
    heir.tell(dir);
    victim.kill();
    await heir.hear('added');
    await heir.hear(/^got /);
    heir.hangUp();
    await heir.exited;
    await expectWhole(dir);
  });
});

it('five processes that want the same and different wheels through threads unpack each once', async () => {
  const wheels = Array.from({ length: 6 }, (_, n) => {
    const files = { [`m${n}.py`]: `x = ${n}\n`, [`m${n}.bin`]: randomBytes(n === 0 ? 3_000_000 : 700_000) };
    return writeWheel(temporaryDir(), { name: `demo${n}`, files });
  });
  for (let round = 0; round < trials(3, 30); round += 1) {
    const dir = path.join(temporaryDir(), 'store');
    const actors = Array.from({ length: 5 }, (_, n) =>
      // Each wants all of them and some of them twice, in another order.
      startActor(import.meta.url, 'crowd', { arguments: [dir, ...[...wheels.slice(n), ...wheels]] }),
    );
    await Promise.all(actors.map((actor) => actor.hear('ready')));
    for (const actor of actors) actor.tell('go');
    const got = await Promise.all(actors.map((actor) => actor.hear(/^got /)));
    expect(new Set(got).size).toBe(1);
    for (const actor of actors) {
      actor.hangUp();
      expect(await actor.exited).toMatchObject({ code: 0, errors: '' });
    }
    const said = actors.flatMap((actor) => actor.lines);
    expect(said.filter((line) => line === 'added')).toHaveLength(wheels.length);
    expect(said).toContain('beside');
    await expectWhole(dir);
  }
});

it('a process that is killed while its threads fill leaves only litter', async () => {
  const wheels = ['one', 'two', 'three'].map((name) =>
    writeWheel(temporaryDir(), { name, files: { blob: randomBytes(2_000_000) } }),
  );
  for (let round = 0; round < trials(8, 80); round += 1) {
    const dir = path.join(temporaryDir(), 'store');
    const victim = startActor(import.meta.url, 'crowd', { arguments: [dir, ...wheels] });
    await victim.hear('ready');
    victim.tell('go');
    await victim.hear('beside');
    victim.kill();
    await victim.exited;
    await expectWhole(dir);
  }
});

it('a wheel in use outlives a cleaning, and one whose user was killed does not', async () => {
  const { dir, start } = setUp();
  const user = start();
  await user.hear('ready');
  user.tell(dir);
  const treeDir = (await user.hear(/^got /)).slice('got '.length);
  const store = await openStore(dir);
  expect((await store.clean()).inUse).toHaveLength(1);
  expect(existsSync(treeDir)).toBe(true);
  user.kill();
  await user.exited;
  expect((await store.clean()).removed).toHaveLength(1);
  expect(existsSync(treeDir)).toBe(false);
  store.close();
});

it('an open entry stays whole while another process cleans the store again and again', async () => {
  const { dir, start } = setUp();
  const store = await openStore(dir);
  for (let round = 0; round < 2; round += 1) {
    const actors = Array.from({ length: 4 }, () => start());
    await Promise.all(actors.map((actor) => actor.hear('ready')));
    let open = actors.length;
    for (const actor of actors) actor.tell(dir);
    const done = Promise.all(
      actors.map(async (actor) => {
        await actor.hear(/^got /);
        expect(actor.lines).toContain('changed 0');
        actor.hangUp();
        expect((await actor.exited).code).toBe(0);
        open -= 1;
      }),
    );
    while (open > 0) {
      await store.clean();
      await new Promise(setImmediate);
    }
    await done;
  }
  store.close();
  await expectWhole(dir);
});
