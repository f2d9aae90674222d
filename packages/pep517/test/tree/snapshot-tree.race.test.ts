// Snapshots beside another process that writes into the tree.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { snapshotTree } from '@wheelwright/pep517';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { writeTree } from '@wheelwright/testkit/trees';
import { afterEach, expect, test } from 'vitest';

const writers: ChildProcess[] = [];
afterEach(() => {
  for (const writer of writers.splice(0)) writer.kill('SIGKILL');
});

/** A process that writes `<n> <n>\n` into first.txt, then into second.txt, and waits `pauseMs` before it goes on. */
async function startWriter(tree: string, pauseMs: string): Promise<void> {
  const text = `
    const { writeFileSync } = require('node:fs');
    const pause = () => ${pauseMs};
    process.chdir(process.argv[1]);
    let n = 0;
    const write = () => {
      n += 1;
      for (const name of ['first.txt', 'second.txt']) writeFileSync(name, (n + ' ').repeat(500) + '\\n');
      if (n === 1) console.log('writing');
      const ms = pause();
      if (ms > 0) setTimeout(write, ms);
      else setImmediate(write);
    };
    write();`;
  const writer = spawn(process.execPath, ['-e', text, tree], { stdio: ['ignore', 'pipe', 'inherit'] });
  writers.push(writer);
  await once(writer.stdout!, 'data');
}

function makeTree(): { readonly dir: string; readonly tree: string } {
  const dir = temporaryDir();
  const files = Object.fromEntries(Array.from({ length: 400 }, (_, index) => [`data/${index}`, `${index}`]));
  return { dir, tree: writeTree(path.join(dir, 'tree'), files) };
}

test('Twelve of twelve snapshots come to rest beside a writer, each of one moment.', async () => {
  const { dir, tree } = makeTree();
  await startWriter(tree, '10 + Math.random() * 80');
  for (let round = 0; round < 12; round += 1) {
    const target = path.join(dir, `copy-${round}`);
    mkdirSync(target);
    const copy = await snapshotTree(tree, target);
    const [first, second] = ['first.txt', 'second.txt'].map((name) => {
      const words = readFileSync(path.join(copy.dir, name), 'utf8').trim().split(' ');
      expect(words).toHaveLength(500);
      expect(new Set(words).size).toBe(1);
      return Number(words[0]);
    }) as [number, number];
    // The writer writes one after the other: between the two writes they differ by one.
    expect([0, 1]).toContain(first - second);
  }
});
