// Checkouts in the store: leased by their readers, pruned beside them, compared with their content.
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { openStore } from '@wheelwright/store';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { writeTree } from '@wheelwright/testkit/trees';
import { expect, onTestFinished, test } from 'vitest';
import {
  checkoutsDir,
  keepCheckout,
  leaseCheckout,
  pruneCheckouts,
  verifyCheckouts,
} from '../../src/sources/kept-checkouts.ts';

const key = 'a'.repeat(40);

async function place() {
  const store = await openStore(path.join(temporaryDir(), 'store'));
  onTestFinished(() => store.close());
  const keep = async (name = key, text = 'x = 1\n') => {
    const staging = store.stage();
    writeTree(path.join(staging.dir, 'tree'), { 'pkg/__init__.py': text, '.git/HEAD': 'ref' });
    const kept = await keepCheckout(store, name, staging.dir, {});
    staging.release();
    return kept;
  };
  return { store, keep, root: checkoutsDir(store) };
}

test('a checkout is found by its key, and of two that are kept under one the first counts', async () => {
  const { store, keep, root } = await place();
  expect(await leaseCheckout(store, key, {})).toBeUndefined();
  const [first, second] = [await keep(), await keep(key, 'x = 2\n')];
  expect([first.dir, second.dir]).toEqual([path.join(root, key, 'tree'), path.join(root, key, 'tree')]);
  expect(await verifyCheckouts(store)).toEqual({ checked: 1, faults: [] });
  expect(readdirSync(path.join(store.dir, 'staging'))).toEqual([]);
});

test('a checkout that is read stays, and goes once it is released', async () => {
  const { store, keep, root } = await place();
  const [one, other] = [await keep(), await leaseCheckout(store, key, {})];
  one.release();
  expect(await pruneCheckouts(store, 0)).toEqual({ removed: [], inUse: [`checkouts/${key}`] });
  expect(existsSync(one.dir)).toBe(true);
  other!.release();
  expect(await pruneCheckouts(store, 60_000)).toEqual({ removed: [], inUse: [] });
  writeFileSync(path.join(root, `${'b'.repeat(40)}.lock`), '');
  expect(await pruneCheckouts(store, 0)).toEqual({ removed: [`checkouts/${key}`], inUse: [] });
  expect(readdirSync(root)).toEqual([]);
  expect(await leaseCheckout(store, key, {})).toBeUndefined();
  (await keep()).release();
});

test('each changed, missing and unexpected file is a fault; a damaged checkout goes unless it is read', async () => {
  const { store, keep } = await place();
  const kept = await keep();
  writeFileSync(path.join(kept.dir, 'pkg/__init__.py'), 'x = 3\n');
  writeFileSync(path.join(kept.dir, 'more'), '');
  writeFileSync(path.join(kept.dir, '.git/index'), 'git writes here');
  const entry = `checkouts/${key}`;
  const faults = [
    { entry, path: 'more', fault: 'unexpected' },
    { entry, path: 'pkg/__init__.py', fault: 'changed' },
  ];
  const byPath = (a: { path: string }, b: { path: string }) => (a.path < b.path ? -1 : 1);
  expect([...(await verifyCheckouts(store)).faults].sort(byPath)).toEqual(faults);
  expect(existsSync(kept.dir)).toBe(true);
  rmSync(path.join(kept.dir, 'pkg'), { recursive: true });
  kept.release();
  expect([...(await verifyCheckouts(store)).faults].sort(byPath)).toEqual([
    faults[0],
    { entry, path: path.join('pkg', '__init__.py'), fault: 'missing' },
  ]);
  expect(await leaseCheckout(store, key, {})).toBeUndefined();
});
