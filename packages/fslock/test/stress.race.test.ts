// Many processes, one number, and death at random: what a lock is for.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Actor, seededRandom, startActor } from '@wheelwright/testkit/actors';
import { proved, trials } from '@wheelwright/testkit/proof';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, test } from 'vitest';

const seed = Date.now() % 1_000_000;

test.each([
  ['with native calls', trials(16, 50), trials(200, 1000), 'native', 0.03, 'keep'],
  ['where every release removes the file,', trials(8, 25), trials(60, 400), 'native', 0.03, 'remove'],
  ['with helper processes alone', trials(4, 8), trials(25, 200), 'plain', 5, 'keep'],
  ['where helpers lock and every release removes the file,', trials(4, 8), trials(15, 100), 'plain', 5, 'remove'],
  ['on a file system without flock', trials(4, 8), trials(15, 100), 'mtime', 5, 'keep'],
  ['without flock, where every release removes the file,', trials(4, 8), trials(10, 60), 'mtime', 5, 'remove'],
])(
  '%s no number is read twice and none is lost while processes are killed at random',
  async (_how, processes, times, how, windowMs, file) => {
    console.log(`seed ${seed}`);
    const random = seededRandom(seed);
    const dir = temporaryDir();
    const [lock, counter] = [path.join(dir, 'lock'), path.join(dir, 'counter')];
    writeFileSync(counter, '0'.padStart(12));
    const read: number[] = [];
    let kills = 0;

    async function perform(remaining: number, doomed: boolean): Promise<void> {
      const actor: Actor = startActor(import.meta.url, 'counter', {
        arguments: [lock, counter, String(remaining), how, String(windowMs), file],
      });
      let done = 0;
      // A doomed one is killed after a random number of reads, wherever it is by then.
      const killAfter = doomed ? 1 + Math.floor(random() * remaining) : Infinity;
      actor.onLine((line) => {
        if (!line.startsWith('read ')) return;
        read.push(Number(line.slice(5)));
        if (++done === killAfter) actor.kill();
      });
      await actor.hear('ready');
      actor.tell('go');
      const { code, signal, errors } = await actor.exited;
      if (code === 0) return expect(done).toBe(remaining);
      kills++;
      expect({ signal, errors }).toEqual({ signal: 'SIGKILL', errors: '' });
      if (done < remaining) await perform(remaining - done, random() < 0.5);
    }
    await Promise.all(Array.from({ length: processes }, (_, n) => perform(times, n % 2 === 0)));
    expect(kills).toBeGreaterThan(0);

    expect(new Set(read).size).toBe(read.length);
    const counted = Number(readFileSync(counter, 'utf8'));
    expect(counted).toBeGreaterThanOrEqual(read.length);
    expect(counted).toBeLessThanOrEqual(read.length + kills);
    proved(read.length, `acquisitions through ${kills} kills`);
  },
);
