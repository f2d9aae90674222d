// A crash at every call that keeps a checkout: it is whole or absent, and the next process keeps it.
import { mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { nodeFs } from '@wheelwright/atomic-fs';
import { openStore } from '@wheelwright/store';
import { forEveryCrash } from '@wheelwright/testkit/every-crash';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { writeTree } from '@wheelwright/testkit/trees';
import { expect, test } from 'vitest';
import { keepCheckout, leaseCheckout, verifyCheckouts } from '../../src/sources/kept-checkouts.ts';

const key = 'c'.repeat(40);

test('a checkout is whole or absent after a crash at any call, and is kept by the next process', async () => {
  const root = temporaryDir();
  const keep = async (dir: string, options: Parameters<typeof keepCheckout>[3]) => {
    const store = await openStore(dir);
    const staging = store.stage();
    try {
      writeTree(path.join(staging.dir, 'tree'), { 'pkg/__init__.py': 'x = 1\n', 'pyproject.toml': '' });
      (await keepCheckout(store, key, staging.dir, options)).release();
    } finally {
      store.close();
    }
  };
  const look = async (dir: string) => {
    const store = await openStore(dir);
    const found = await leaseCheckout(store, key, {});
    found?.release();
    expect(await verifyCheckouts(store)).toEqual({ checked: found === undefined ? 0 : 1, faults: [] });
    store.close();
    return found;
  };
  const points = await forEveryCrash({
    inner: { ...nodeFs, fsync: () => undefined, syncFileSystem: () => true },
    setUp: () => path.join(mkdtempSync(path.join(root, 'crash-')), 'store'),
    run: (fs, dir) => keep(dir, { fs }),
    async check(_n, dir) {
      await look(dir);
      await keep(dir, {});
      expect(await look(dir)).toBeDefined();
      rmSync(dir, { recursive: true });
    },
  });
  expect(points).toBeGreaterThan(8);
});
