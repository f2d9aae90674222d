// Who waits is not passed by who comes later.
import path from 'node:path';
import { type Actor, startActor } from '@wheelwright/testkit/actors';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, test } from 'vitest';

test.each(['native', 'plain'])('%s: readers that overlap for ever do not keep a writer out', async (how) => {
  const file = path.join(temporaryDir(), 'lock');
  const start = async () => {
    const actor = startActor(import.meta.url, 'holder', { arguments: [file, how] });
    await actor.hear('ready');
    return actor;
  };
  const [writer, ...readers] = (await Promise.all(Array.from({ length: 4 }, start))) as [Actor, ...Actor[]];
  await acquire(readers[0] as Actor);
  writer.tell('acquire exclusive');
  const granted = writer.hear('acquired').then(() => 'writer');
  granted.catch(() => undefined);

  // Always one reader holds the lock, and the next asks for it before that one lets go.
  let turns = 0;
  for (let winner = ''; winner !== 'writer'; turns++) {
    const [now, next] = [readers[turns % 3] as Actor, readers[(turns + 1) % 3] as Actor];
    expect(turns, 'the readers would go on for ever').toBeLessThan(2_000);
    next.tell('try shared');
    const answer = await next.hear(/^(?:busy|acquired)$/);
    if (answer === 'acquired') {
      await release(now);
      continue;
    }
    // The gate is closed: from here on no process passes, and the last reader's release lets the writer in.
    for (const reader of readers.filter((each) => each !== now)) {
      reader.tell('try shared');
      expect(await reader.hear(/^(?:busy|acquired)$/)).toBe('busy');
    }
    expect(writer.lines).toEqual(['ready']);
    now.kill();
    winner = await granted;
  }
  expect(writer.lines).toEqual(['ready', 'acquired']);
});

async function acquire(actor: Actor): Promise<void> {
  actor.tell('acquire shared');
  await actor.hear('acquired');
}

async function release(actor: Actor): Promise<void> {
  actor.tell('release');
  await actor.hear('released');
}
