import { linkSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { LinkWork } from '@wheelwright/atomic-fs';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, it, onTestFinished } from 'vitest';
import { openStore } from '../src/open-store.ts';
import type { Store } from '../src/store.ts';

const realWorker = fileURLToPath(new URL('../node_modules/.cache/actors/unpack-worker.mjs', import.meta.url));

async function freshStore(signal?: AbortSignal): Promise<Store> {
  const store = await openStore(path.join(temporaryDir(), 'store'), { unpackWorkerPath: realWorker, signal });
  onTestFinished(() => store.close());
  return store;
}

/** `parts` parts of a hundred names of one file, each in directories of its own. */
function linkWork(parts: number): LinkWork {
  const dir = temporaryDir();
  writeFileSync(path.join(dir, 'file'), 'x');
  const names = Array.from({ length: 100 }, (_, n) => `name-${n}`);
  const made = Array.from({ length: parts }, (_, n) => {
    const [sourceDir, targetDir] = [path.join(dir, `source-${n}`), path.join(dir, 'target', String(n))];
    mkdirSync(sourceDir);
    mkdirSync(targetDir, { recursive: true });
    for (const name of names) linkSync(path.join(dir, 'file'), path.join(sourceDir, name));
    return { sourceDir, targetDir, files: [{ directory: '', names }] };
  });
  return { parts: made, mode: 'auto', next: new Int32Array(new SharedArrayBuffer(4)) };
}

const linked = ({ parts }: LinkWork) => parts.reduce((sum, { targetDir }) => sum + readdirSync(targetDir).length, 0);

/** Has a thread started, and gives it the work as soon as it is there. */
async function linkInThread(store: Store, work: LinkWork): Promise<{ readonly done: Promise<void> }> {
  store.expectLinks(100_000);
  for (;;) {
    const done = store.linkBeside(work);
    if (done !== undefined) return { done };
    await pause(5);
  }
}

it('links in a thread what is given to it', async () => {
  const work = linkWork(5);
  await (await linkInThread(await freshStore(), work)).done;
  expect(linked(work)).toBe(500);
  expect(Atomics.load(work.next, 0)).toBe(6);
});

it('has no thread for few files, and none before it has started', async () => {
  const store = await freshStore();
  store.expectLinks(100);
  expect(store.linkBeside(linkWork(1))).toBeUndefined();
  store.expectLinks(100_000);
  expect(store.linkBeside(linkWork(1))).toBeUndefined();
});

it('reports the error of the disk with the path, and no thread takes another part', async () => {
  const work = linkWork(5);
  const taken = path.join(work.parts[0]!.targetDir, 'name-7');
  writeFileSync(taken, 'there already');
  const { done } = await linkInThread(await freshStore(), work);
  await expect(done).rejects.toMatchObject({ code: 'EEXIST', dest: taken });
  expect(linked(work)).toBe(8);
  expect(Atomics.load(work.next, 0)).toBeGreaterThanOrEqual(5);
});

it('has stopped when a store that is closed says so', async () => {
  const work = linkWork(200);
  const store = await freshStore();
  const { done } = await linkInThread(store, work);
  store.close();
  await expect(done).rejects.toMatchObject({ code: 'STORE_CLOSED' });
  const before = linked(work);
  await pause(50);
  expect(linked(work)).toBe(before);
});

it('has stopped when an abort says so', async () => {
  const work = linkWork(200);
  const abort = new AbortController();
  const { done } = await linkInThread(await freshStore(abort.signal), work);
  abort.abort(new Error('enough'));
  await expect(done).rejects.toThrow('enough');
  const before = linked(work);
  await pause(50);
  expect(linked(work)).toBe(before);
});
