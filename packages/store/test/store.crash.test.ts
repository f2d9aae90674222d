import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Fs } from '@wheelwright/atomic-fs';
import { forEveryCrash, forEveryError } from '@wheelwright/testkit/every-crash';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { writeWheel } from '@wheelwright/testkit/wheels';
import { expect, it } from 'vitest';
import { openStore } from '../src/open-store.ts';
import type { Store } from '../src/store.ts';
import { expectWhole, unsyncedFs } from './whole-store.ts';

const options = {
  name: 'demo',
  files: { 'demo/__init__.py': 'x = 1\n', 'demo/run': { data: 'y', mode: 0o755 } },
};

/** With the store open on `fs`; it ends as a process does that dies, its locks free and nothing tidied up. */
async function withStore(dir: string, fs: Fs, run: (store: Store) => Promise<unknown>): Promise<void> {
  const store = await openStore(dir, { fs });
  try {
    await run(store);
  } finally {
    store.close();
  }
}

async function readWheel(dir: string, wheelPath: string): Promise<void> {
  await withStore(dir, unsyncedFs, async (store) => {
    const wheel = await store.addWheel(wheelPath);
    expect(store.checkWheel(wheel)).toEqual([]);
    expect(existsSync(path.join(wheel.treeDir, 'demo/run'))).toBe(true);
  });
  await expectWhole(dir);
}

it('has a whole wheel or none after a crash at any step of making a store and filling it', async () => {
  const root = temporaryDir();
  const wheelPath = writeWheel(root, options);
  const points = await forEveryCrash({
    inner: unsyncedFs,
    setUp: () => path.join(mkdtempSync(path.join(root, 'crash-')), 'deep', 'store'),
    run: (fs, dir) => withStore(dir, fs, (store) => store.addWheel(wheelPath)),
    async check(_n, dir) {
      await expectWhole(dir);
      await readWheel(dir, wheelPath);
      rmSync(path.dirname(path.dirname(dir)), { recursive: true });
    },
  });
  expect(points).toBeGreaterThan(130);
});

it('has each of several wheels that are published together whole or not at all', async () => {
  const root = temporaryDir();
  const wheelPaths = ['one', 'two', 'three'].map((name) => writeWheel(root, { name }));
  const addAll = (store: Store) => Promise.all(wheelPaths.map((wheelPath) => store.addWheel(wheelPath)));
  const points = await forEveryCrash({
    inner: unsyncedFs,
    hows: ['before', 'after'],
    async setUp() {
      const dir = mkdtempSync(path.join(root, 'crash-'));
      await withStore(dir, unsyncedFs, async () => undefined);
      return dir;
    },
    run: (fs, dir) => withStore(dir, fs, addAll),
    async check(_n, dir) {
      await expectWhole(dir);
      await withStore(dir, unsyncedFs, async (store) => {
        for (const wheel of await addAll(store)) expect(store.checkWheel(wheel)).toEqual([]);
      });
      await expectWhole(dir);
      rmSync(dir, { recursive: true });
    },
  });
  expect(points).toBeGreaterThan(100);
});

it('fills a store although the calls that Node lacks are missing', async () => {
  const root = temporaryDir();
  const wheelPath = writeWheel(root, options);
  const points = await forEveryCrash({
    inner: { ...unsyncedFs, syncFileSystem: () => false },
    native: false,
    hows: ['before'],
    setUp: () => mkdtempSync(path.join(root, 'crash-')),
    run: (fs, dir) => withStore(dir, fs, (store) => store.addWheel(wheelPath)),
    check: (_n, dir) => readWheel(dir, wheelPath),
  });
  expect(points).toBeGreaterThan(60);
});

it('says so and goes on when the disk fails at any step', async () => {
  const root = temporaryDir();
  const wheelPath = writeWheel(root, options);
  await forEveryError({
    inner: unsyncedFs,
    errors: ['ENOSPC'],
    setUp: () => mkdtempSync(path.join(root, 'error-')),
    run: (fs, dir) => withStore(dir, fs, (store) => store.addWheel(wheelPath)),
    async check(_n, dir, { thrown }) {
      if (thrown !== undefined) expect(thrown).toMatchObject({ code: expect.stringMatching(/ENOSPC|EIO|ATOMIC_FS/) });
      await expectWhole(dir);
      await readWheel(dir, wheelPath);
      rmSync(dir, { recursive: true });
    },
  });
});

it('replaces a damaged wheel by a whole one or by none', async () => {
  const root = temporaryDir();
  const wheelPath = writeWheel(root, options);
  await forEveryCrash({
    inner: unsyncedFs,
    async setUp() {
      const dir = mkdtempSync(path.join(root, 'crash-'));
      await withStore(dir, unsyncedFs, async (store) => {
        const wheel = await store.addWheel(wheelPath);
        rmSync(path.join(wheel.treeDir, 'demo/run'));
      });
      return dir;
    },
    run: (fs, dir) =>
      withStore(dir, fs, async (store) => {
        store.verify();
        await store.addWheel(wheelPath);
      }),
    async check(_n, dir) {
      await withStore(dir, unsyncedFs, async (store) => void store.verify());
      await readWheel(dir, wheelPath);
      await withStore(dir, unsyncedFs, (store) => store.prune());
      await readWheel(dir, wheelPath);
    },
  });
});

it('removes a wheel whole, or hides it until the next prune goes on', async () => {
  const root = temporaryDir();
  const wheelPath = writeWheel(root, options);
  await forEveryCrash({
    inner: unsyncedFs,
    async setUp() {
      const dir = mkdtempSync(path.join(root, 'crash-'));
      await withStore(dir, unsyncedFs, (store) => store.addWheel(wheelPath));
      return dir;
    },
    run: (fs, dir) => withStore(dir, fs, (store) => store.clean()),
    async check(_n, dir) {
      await expectWhole(dir);
      await withStore(dir, unsyncedFs, (store) => store.clean());
      expect(readdirSync(path.join(dir, 'wheels'))).toEqual([]);
      expect(readdirSync(path.join(dir, 'locks'))).toEqual([]);
      await readWheel(dir, wheelPath);
    },
  });
});

it('keeps the old answer or the new one', async () => {
  const root = temporaryDir();
  await forEveryCrash({
    inner: unsyncedFs,
    async setUp() {
      const dir = mkdtempSync(path.join(root, 'crash-'));
      await withStore(dir, unsyncedFs, async (store) => store.facts.write('k', 'old'));
      return dir;
    },
    run: (fs, dir) => withStore(dir, fs, async (store) => store.facts.write('k', 'new')),
    async check(_n, dir) {
      await withStore(dir, unsyncedFs, async (store) => expect(store.facts.read('k')).toMatch(/^(old|new)$/));
      await expectWhole(dir);
    },
  });
});

it('has whole byte-code or none after a crash at any step of making it', async () => {
  const root = temporaryDir();
  const wheelPath = writeWheel(root, { name: 'demo', files: { 'demo/__init__.py': 'x = 1\n' } });
  const facts =
    'import sys, importlib.util as u; print(sys.executable, sys.implementation.cache_tag, u.MAGIC_NUMBER.hex())';
  const [executable = '', cacheTag = '', magic = ''] = execFileSync('python3', ['-c', facts], { encoding: 'utf8' })
    .trim()
    .split(' ');
  const compile = async (store: Store) => {
    const wheel = await store.addWheel(wheelPath);
    return store.addBytecode(wheel, { executable, cacheTag, magic });
  };
  await forEveryCrash({
    inner: unsyncedFs,
    hows: ['before'],
    async setUp() {
      const dir = mkdtempSync(path.join(root, 'crash-'));
      await withStore(dir, unsyncedFs, (store) => store.addWheel(wheelPath));
      return dir;
    },
    run: (fs, dir) => withStore(dir, fs, compile),
    async check(_n, dir) {
      await expectWhole(dir);
      await withStore(dir, unsyncedFs, async (store) => expect((await compile(store))?.files).toHaveLength(1));
      await expectWhole(dir);
    },
  });
});

it('finishes a store that was left half made', async () => {
  const dir = temporaryDir();
  writeFileSync(path.join(dir, '.format.1-x.partial'), '1');
  await readWheel(dir, writeWheel(temporaryDir(), options));
});
