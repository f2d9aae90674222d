import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { writeWheel } from '@wheelwright/testkit/wheels';
import { expect, it, onTestFinished } from 'vitest';
import { openStore } from '../src/open-store.ts';

async function freshStore(dir = path.join(temporaryDir(), 'store')) {
  const store = await openStore(dir);
  onTestFinished(() => store.close());
  return store;
}

const wheelPath = (name = 'demo') => writeWheel(temporaryDir(), { name });
const names = (dir: string, part: string) => readdirSync(path.join(dir, part));

it('prunes nothing that can be found, unless it was unused for long', async () => {
  const filler = await freshStore();
  const { sha256, entryDir } = await filler.addWheel(wheelPath());
  filler.close();
  const store = await freshStore(filler.dir);
  expect(await store.prune()).toEqual({ removed: [], inUse: [] });
  expect(await store.prune({ unusedForMs: 60_000 })).toEqual({ removed: [], inUse: [] });
  utimesSync(path.join(entryDir, 'pins'), 1, 1);
  expect(await store.prune({ unusedForMs: 60_000 })).toEqual({ removed: [`wheels/${sha256}/0`], inUse: [] });
  expect(store.findWheel(sha256)).toBeUndefined();
  expect([names(store.dir, 'wheels'), names(store.dir, 'staging'), names(store.dir, 'locks')]).toEqual([[], [], []]);
});

it('counts finding as use', async () => {
  const filler = await freshStore();
  const { sha256, entryDir } = await filler.addWheel(wheelPath());
  filler.close();
  utimesSync(path.join(entryDir, 'pins'), 1, 1);
  const reader = await freshStore(filler.dir);
  reader.findWheel(sha256);
  reader.close();
  const store = await freshStore(filler.dir);
  expect((await store.prune({ unusedForMs: 60_000 })).removed).toEqual([]);
});

it('cleans away all but what is in use, and that too once its users are gone', async () => {
  const user = await freshStore();
  const used = await user.addWheel(wheelPath('used'));
  user.facts.write('k', 'v');
  user.responses.write('k', 'v', new Uint8Array());
  const other = await freshStore(user.dir);
  const unused = await other.addWheel(wheelPath('unused'));
  other.close();
  const store = await freshStore(user.dir);
  const report = await store.clean();
  expect(report.inUse).toEqual([`wheels/${used.sha256}/0`]);
  expect(report.removed).toContain(`wheels/${unused.sha256}/0`);
  expect(store.facts.read('k')).toBeUndefined();
  expect(existsSync(used.treeDir)).toBe(true);
  user.close();
  expect((await store.clean()).removed).toEqual([`wheels/${used.sha256}/0`]);
});

it('does not take the pin of a dead process for a use', async () => {
  const filler = await freshStore();
  const { sha256, entryDir } = await filler.addWheel(wheelPath());
  filler.close();
  writeFileSync(path.join(entryDir, 'pins', '1234-dead'), '');
  writeFileSync(path.join(filler.dir, 'leases', '1234-dead'), '');
  const store = await freshStore(filler.dir);
  expect((await store.clean()).removed).toEqual([`wheels/${sha256}/0`]);
  expect(names(store.dir, 'leases')).not.toContain('1234-dead');
});

it('opens without the leases of dead processes, and keeps those of the living', async () => {
  const user = await freshStore();
  const { pid } = spawnSync(process.execPath, ['--version']);
  writeFileSync(path.join(user.dir, 'leases', `${pid}-dead`), '');
  writeFileSync(path.join(user.dir, 'leases', `${process.pid}-unlocked`), '');
  await freshStore(user.dir);
  const left = names(user.dir, 'leases');
  expect(left).not.toContain(`${pid}-dead`);
  expect(left).toHaveLength(3);
});

it('removes damaged entries and their marks as soon as no process uses them', async () => {
  const user = await freshStore();
  const wheel = await user.addWheel(wheelPath());
  user.reportDamage(wheel);
  const store = await freshStore(user.dir);
  expect(await store.prune()).toEqual({ removed: [], inUse: [`wheels/${wheel.sha256}/0`] });
  user.close();
  expect(await store.prune()).toEqual({ removed: [`wheels/${wheel.sha256}/0`], inUse: [] });
  expect(names(store.dir, 'wheels')).toEqual([]);
});

it('removes byte-code whose wheel is gone', async () => {
  const store = await freshStore();
  const orphan = `${'a'.repeat(64)}-cpython-311-a70d0d0a`;
  mkdirSync(path.join(store.dir, 'bytecode', orphan, '0', 'pins'), { recursive: true });
  expect((await store.prune()).removed).toEqual([`bytecode/${orphan}/0`]);
  expect(names(store.dir, 'bytecode')).toEqual([]);
});

it('goes on with an entry whose removal was interrupted', async () => {
  const store = await freshStore();
  const wheel = await store.addWheel(wheelPath());
  rmSync(path.join(wheel.entryDir, 'pins'), { recursive: true });
  store.close();
  const next = await freshStore(store.dir);
  expect(next.findWheel(wheel.sha256)).toBeUndefined();
  expect((await next.prune({ unusedForMs: 1 })).removed).toEqual([`wheels/${wheel.sha256}/0`]);
});

it('verifies every file and takes damaged entries out of use', async () => {
  const store = await freshStore();
  const good = await store.addWheel(wheelPath('good'));
  const bad = await store.addWheel(wheelPath('bad'));
  expect(store.verify()).toEqual({ checked: 2, faults: [] });
  const files = { changed: path.join(bad.treeDir, 'bad.py'), extra: path.join(bad.treeDir, 'more.py') };
  chmodSync(files.changed, 0o644);
  writeFileSync(files.changed, "version = '6.6'\n");
  writeFileSync(files.extra, '');
  rmSync(path.join(bad.treeDir, 'bad-1.0.dist-info/METADATA'));
  const entry = `wheels/${bad.sha256}/0`;
  const { faults } = store.verify();
  expect([...faults].sort((a, b) => (a.path < b.path ? -1 : 1))).toEqual([
    { entry, path: 'bad-1.0.dist-info/METADATA', fault: 'missing' },
    { entry, path: 'bad.py', fault: 'changed' },
    { entry, path: 'more.py', fault: 'unexpected' },
  ]);
  expect(store.findWheel(bad.sha256)).toBeUndefined();
  expect(store.findWheel(good.sha256)).toBeDefined();
  expect(store.verify()).toEqual({ checked: 1, faults: [] });
});

it('measures what it keeps', async () => {
  const store = await freshStore();
  await store.addWheel(wheelPath());
  store.facts.write('k', 'v');
  const size = store.size();
  expect(size).toMatchObject({ wheels: { entries: 1 }, facts: { entries: 1 }, bytecode: { entries: 0, bytes: 0 } });
  expect(size.total.bytes).toBe(size.wheels.bytes + size.facts.bytes);
});

it('supersedes an entry whose rows for RECORD say something else than its manifest', async () => {
  const store = await freshStore();
  const wheel = await store.addWheel(wheelPath());
  const rows = path.join(wheel.entryDir, 'record');
  expect(wheel.record).toContain('\ndemo.py,sha256=');
  chmodSync(rows, 0o644);
  writeFileSync(rows, `${wheel.record}demo/more.py,sha256=x,1\n`);
  expect(store.verify().faults).toEqual([{ entry: `wheels/${wheel.sha256}/0`, path: '', fault: 'unreadable' }]);
  expect(store.findWheel(wheel.sha256)).toBeUndefined();
});
