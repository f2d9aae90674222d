import { createHash, randomBytes } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { nodeFs } from '@wheelwright/atomic-fs';
import { malformedWheels } from '@wheelwright/testkit/malformed-wheels';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { buildWheel, writeWheel } from '@wheelwright/testkit/wheels';
import { expect, it, onTestFinished } from 'vitest';
import { type OpenStoreOptions, openStore } from '../src/open-store.ts';
import { findUnpackWorker, UnpackPool } from '../src/unpack-pool.ts';
import { expectWhole } from './whole-store.ts';

const realWorker = fileURLToPath(new URL('../node_modules/.cache/actors/unpack-worker.mjs', import.meta.url));
const large = 1024 * 1024;

/** So large that it is unpacked in a thread. */
const options = {
  name: 'demo',
  files: { 'demo/__init__.py': 'x = 1\n', 'demo/run': { data: 'y', mode: 0o755 }, 'demo/blob': randomBytes(large) },
};

/** A file for threads to run: `text`, then what they really run, unless `text` does it all. */
function workerFile(text: string, { andReal = false } = {}): string {
  const file = path.join(temporaryDir(), 'worker.mjs');
  const imports = "import { parentPort } from 'node:worker_threads'; import fs from 'node:fs';\n";
  writeFileSync(
    file,
    `${imports}${text}\n${andReal ? `await import(${JSON.stringify(pathToFileURL(realWorker))});` : ''}`,
  );
  return file;
}

/** The real one, but that it writes `marker` when it has filled or synced something. */
function markingWorker(marker: string): string {
  const text = `const post = parentPort.postMessage.bind(parentPort);
  parentPort.postMessage = (answer) => {
    if (answer === 'done') fs.writeFileSync(${JSON.stringify(marker)}, '');
    post(answer);
  };`;
  return workerFile(text, { andReal: true });
}

async function freshStore(storeOptions: OpenStoreOptions) {
  const store = await openStore(path.join(temporaryDir(), 'store'), storeOptions);
  onTestFinished(() => store.close());
  return store;
}

/** Every file with its mode and content, but for the times and for who uses it. */
function view(entryDir: string): Record<string, unknown> {
  const walk = (dir: string): string[] =>
    readdirSync(dir, { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? walk(path.join(dir, entry.name)) : [path.join(dir, entry.name)],
    );
  const files = walk(entryDir).filter((file) => !file.includes('/pins/'));
  return Object.fromEntries(
    files.sort().map((file) => {
      const text = readFileSync(file, 'latin1');
      const timeless = file.endsWith('/hashes') ? text.replaceAll(/ \d+ ([x-])$/gm, ' $1') : text;
      return [path.relative(entryDir, file), [lstatSync(file).mode, timeless]];
    }),
  );
}

it('makes the same entry in a thread and in the main one', async () => {
  const wheelPath = writeWheel(temporaryDir(), options);
  const marker = path.join(temporaryDir(), 'done');
  const unpackWorkerPath = markingWorker(marker);
  const here = await (await freshStore({ fs: { ...nodeFs } })).addWheel(wheelPath);
  expect(existsSync(marker)).toBe(false);
  const store = await freshStore({ unpackWorkerPath });
  const beside = await store.addWheel(wheelPath);
  expect(existsSync(marker)).toBe(true);
  expect(view(beside.entryDir)).toEqual(view(here.entryDir));
  expect(store.checkWheel(beside)).toEqual([]);
  store.close();
  await expectWhole(store.dir);
});

it('starts no thread for a small wheel, and one once there have been many', async () => {
  const marker = path.join(temporaryDir(), 'done');
  const unpackWorkerPath = markingWorker(marker);
  const store = await freshStore({ unpackWorkerPath });
  for (let n = 0; n < 4; n += 1) {
    expect(existsSync(marker)).toBe(false);
    const files = { blob: randomBytes(large / 4) };
    await store.addWheel(writeWheel(temporaryDir(), { name: `demo${n}`, files }));
  }
  expect(existsSync(marker)).toBe(true);
});

it('uses threads also for a download of unknown size', async () => {
  const marker = path.join(temporaryDir(), 'done');
  const unpackWorkerPath = markingWorker(marker);
  const store = await freshStore({ unpackWorkerPath });
  const { bytes, filename, sha256 } = buildWheel(options);
  await store.addDownload({ filename, sha256 }, async (targetPath) => writeFileSync(targetPath, bytes));
  expect(existsSync(marker)).toBe(true);
});

it('starts a thread for what is only likely to come, which takes even the smallest', async () => {
  const marker = path.join(temporaryDir(), 'done');
  const store = await freshStore({ unpackWorkerPath: markingWorker(marker) });
  store.expectWheel(large);
  await store.addWheel(writeWheel(temporaryDir(), { name: 'small' }));
  expect(existsSync(marker)).toBe(true);
});

it('gives the same refusal from a thread as from the main one', async () => {
  const here = await freshStore({ fs: { ...nodeFs } });
  const beside = await freshStore({ unpackWorkerPath: realWorker });
  await beside.addWheel(writeWheel(temporaryDir(), options));
  for (const { title, options: malformed } of malformedWheels) {
    const wheelPath = writeWheel(temporaryDir(), malformed);
    const refusals = await Promise.all(
      [here, beside].map((store) => store.addWheel(wheelPath).then(() => undefined, describeError)),
    );
    expect(refusals[1], title).toEqual(refusals[0]);
    expect(refusals[1], title).toMatchObject({ code: expect.stringMatching(/^WHEEL_/) });
  }
  const wheelPath = writeWheel(temporaryDir(), { ...options, version: '2' });
  const other = beside.addWheel(wheelPath, { sha256: '1'.repeat(64) });
  await expect(other).rejects.toMatchObject({ code: 'STORE_HASH_MISMATCH', data: { expected: '1'.repeat(64) } });
  expect(readdirSync(path.join(beside.dir, 'staging'))).toEqual([]);
});

function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { name, message, cause } = error;
  return { ...error, name, message, cause: describeError(cause), class: error.constructor };
}

it('fails only the wheel whose thread died, keeps nothing of it, and goes on with the next', async () => {
  const dying = `const on = parentPort.on.bind(parentPort);
  parentPort.on = (event, run) => on(event, (task) => {
    if (/^(dies|throws)/.test(task.filename)) {
      fs.mkdirSync(task.entryDir + '/tree');
      fs.writeFileSync(task.entryDir + '/wheel.json', '{');
    }
    if (/^dies/.test(task.filename)) process.exit(3);
    if (/^throws/.test(task.filename)) throw new Error('out of everything');
    run(task);
  });`;
  for (const [name, cause] of [['dies'], ['throws', 'out of everything']] as const) {
    const store = await freshStore({ unpackWorkerPath: workerFile(dying, { andReal: true }) });
    const failing = store.addWheel(writeWheel(temporaryDir(), { ...options, name }));
    await expect(failing).rejects.toMatchObject({ code: 'STORE_UNPACK_DIED', message: expect.stringContaining(name) });
    if (cause !== undefined) await expect(failing).rejects.toMatchObject({ cause: { message: cause } });
    expect(readdirSync(path.join(store.dir, 'wheels'))).toEqual([]);
    expect(readdirSync(path.join(store.dir, 'staging'))).toEqual([]);
    // The next one comes through, in a thread of its own.
    const wheel = await store.addWheel(writeWheel(temporaryDir(), { ...options, name: 'next' }));
    expect(store.checkWheel(wheel)).toEqual([]);
  }
});

it('does the work itself where the file for threads cannot be run', async () => {
  for (const text of ['this is not a program', 'process.exit(1);', 'throw new Error();']) {
    const store = await freshStore({ unpackWorkerPath: workerFile(text) });
    const wheelPaths = ['one', 'two'].map((name) => writeWheel(temporaryDir(), { ...options, name }));
    const wheels = await Promise.all(wheelPaths.map((wheelPath) => store.addWheel(wheelPath)));
    expect(wheels.map((wheel) => store.checkWheel(wheel))).toEqual([[], []]);
  }
});

it('keeps a wheel that is in memory where its thread does not come to work', async () => {
  for (const text of ['this is not a program', 'process.exit(1);', 'throw new Error();']) {
    const store = await freshStore({ unpackWorkerPath: workerFile(text) });
    const { filename, bytes } = buildWheel(options);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    // A buffer of its own, which can be handed over.
    const owned = new Uint8Array(bytes);
    const request = { filename, sha256, size: owned.length };
    const wheel = await store.addDownload(request, async () => ({ bytes: owned, sha256 }));
    expect(store.checkWheel(wheel)).toEqual([]);
  }
});

/** Says `ready`, tells of every task by a file that grows for as long as the thread lives, and never answers. */
function endlessWorker(heartbeat: string): string {
  return workerFile(`parentPort.on('message', () => { for (;;) fs.appendFileSync(${JSON.stringify(heartbeat)}, 'x'); });
    parentPort.postMessage('ready');`);
}

async function untilItBeats(heartbeat: string): Promise<void> {
  while (!existsSync(heartbeat)) await new Promise(setImmediate);
}

it('ends its threads on an abort and says what the signal says', async () => {
  const heartbeat = path.join(temporaryDir(), 'heartbeat');
  const abort = new AbortController();
  const store = await freshStore({ unpackWorkerPath: endlessWorker(heartbeat), signal: abort.signal });
  const failing = store.addWheel(writeWheel(temporaryDir(), options));
  const told = failing.catch((error: unknown) => error);
  await untilItBeats(heartbeat);
  const reason = new Error('enough');
  abort.abort(reason);
  expect(await told).toBe(reason);
  const beats = lstatSync(heartbeat).size;
  await expect(store.addWheel(writeWheel(temporaryDir(), { name: 'next' }))).rejects.toMatchObject({
    code: 'FSLOCK_ABORTED',
  });
  expect(lstatSync(heartbeat).size).toBe(beats);
  expect(readdirSync(path.join(store.dir, 'staging'))).toEqual([]);
});

it('leaves no thread when it is closed, and rejects what was under way', async () => {
  const heartbeat = path.join(temporaryDir(), 'heartbeat');
  const store = await freshStore({ unpackWorkerPath: endlessWorker(heartbeat) });
  const told = Promise.allSettled(
    ['a', 'b', 'c', 'd', 'e'].map((name) => store.addWheel(writeWheel(temporaryDir(), { ...options, name }))),
  );
  await untilItBeats(heartbeat);
  store.close();
  for (const result of await told) expect(result).toMatchObject({ reason: { code: 'STORE_CLOSED' } });
  const beats = lstatSync(heartbeat).size;
  await new Promise(setImmediate);
  expect(lstatSync(heartbeat).size).toBe(beats);
});

it('takes the largest wheel that waits first', async () => {
  const log = path.join(temporaryDir(), 'log');
  const unpackWorkerPath = workerFile(`parentPort.on('message', (task) => {
      fs.appendFileSync(${JSON.stringify(log)}, task.filename + ' '); parentPort.postMessage('done');
    }); parentPort.postMessage('ready');`);
  const pool = new UnpackPool({ fs: nodeFs, workerPath: unpackWorkerPath });
  onTestFinished(() => pool.close());
  const dir = temporaryDir();
  pool.expect(large);
  const tasks = [3, 1, 2, 5, 4].map((size) => {
    const wheelPath = path.join(dir, `${size}`);
    writeFileSync(wheelPath, 'x'.repeat(size));
    return pool.run({ entryDir: dir, wheel: wheelPath, filename: `${size}`, sha256: '' });
  });
  await Promise.all(tasks);
  expect(readFileSync(log, 'utf8')).toBe('5 4 3 2 1 ');
});

it('finds the file for threads beside a built module, whatever its kind, and none beside a source', () => {
  const dir = temporaryDir();
  mkdirSync(path.join(dir, 'src'));
  for (const name of ['unpack-worker.js', 'unpack-worker.cjs', 'src/unpack-worker.ts'])
    writeFileSync(path.join(dir, name), '');
  const find = (name: string) => findUnpackWorker(pathToFileURL(path.join(dir, name)).href);
  expect(find('index.js')).toBe(path.join(dir, 'unpack-worker.js'));
  expect(find('main.cjs')).toBe(path.join(dir, 'unpack-worker.cjs'));
  expect(find('main.mjs')).toBeUndefined();
  expect(find('src/open-store.ts')).toBeUndefined();
});
