// The hash of a wheel file is remembered for as long as the file is the same, and not a moment longer.
import { renameSync } from 'node:fs';
import path from 'node:path';
import { openStore, type Store } from '@wheelwright/store';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { writeWheel } from '@wheelwright/testkit/wheels';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { addLocalWheel, findLocalWheel } from '../../src/wheels/local-wheels.ts';

afterEach(() => void vi.useRealTimers());

async function place(): Promise<{ dir: string; store: Store }> {
  const dir = temporaryDir();
  const store = await openStore(path.join(dir, 'store'));
  onTestFinished(() => store.close());
  return { dir, store };
}

/** By now every file here is old enough to be trusted. */
function later(): void {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 });
}

test('a wheel that was added is found without being read', async () => {
  const { dir, store } = await place();
  const wheelPath = writeWheel(dir, { name: 'demo', version: '1.0' });
  later();
  expect(findLocalWheel(store, wheelPath)).toBeUndefined();
  const wheel = await addLocalWheel(store, wheelPath);
  expect(findLocalWheel(store, wheelPath)?.sha256).toBe(wheel.sha256);
  expect((await addLocalWheel(store, wheelPath)).entryDir).toBe(wheel.entryDir);
});

test('a file that took its place is read', async () => {
  const { dir, store } = await place();
  const wheelPath = writeWheel(dir, { name: 'demo', version: '1.0' });
  later();
  const first = await addLocalWheel(store, wheelPath);
  const other = writeWheel(temporaryDir(), { name: 'demo', version: '1.0', files: { 'demo/other.py': 'x = 1\n' } });
  renameSync(other, wheelPath);
  expect(findLocalWheel(store, wheelPath)).toBeUndefined();
  expect((await addLocalWheel(store, wheelPath)).sha256).not.toBe(first.sha256);
});

test('a file that was written a moment ago is not trusted to stay as it is', async () => {
  const { dir, store } = await place();
  const wheelPath = writeWheel(dir, { name: 'demo', version: '1.0' });
  await addLocalWheel(store, wheelPath);
  expect(findLocalWheel(store, wheelPath)).toBeUndefined();
});

test('a hash file in another format is ignored', async () => {
  const { dir, store } = await place();
  const wheelPath = writeWheel(dir, { name: 'demo', version: '1.0' });
  later();
  for (const text of ['', 'no JSON', 'null', '[]', '{"identity":1}']) {
    store.facts.write(`wheel-file ${wheelPath}`, text);
    expect(findLocalWheel(store, wheelPath)).toBeUndefined();
  }
  expect((await addLocalWheel(store, wheelPath)).manifest.name).toBe('demo');
});
