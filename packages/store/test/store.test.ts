import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { nodeFs } from '@wheelwright/atomic-fs';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { buildWheel, writeWheel } from '@wheelwright/testkit/wheels';
import { expect, it, onTestFinished } from 'vitest';
import { type OpenStoreOptions, openStore } from '../src/open-store.ts';
import type { StoreEvent } from '../src/store-context.ts';

const options = {
  name: 'demo',
  files: { 'demo/__init__.py': 'x = 1\n', 'demo/sub/run': { data: 'y', mode: 0o755 }, 'top.py': '' },
  data: { 'scripts/tool': '#!python\n' },
  entryPoints: { console_scripts: { demo: 'demo:main' } },
};

async function freshStore(dir = path.join(temporaryDir(), 'store'), storeOptions: OpenStoreOptions = {}) {
  const store = await openStore(dir, storeOptions);
  onTestFinished(() => store.close());
  return store;
}

it('unpacks a wheel into read-only files and describes them', async () => {
  const events: StoreEvent[] = [];
  const store = await freshStore(undefined, { onEvent: (event) => events.push(event) });
  const wheelPath = writeWheel(temporaryDir(), options);
  const wheel = await store.addWheel(wheelPath);
  expect(wheel).toMatchObject({
    sha256: buildWheel(options).sha256,
    filename: 'demo-1.0-py3-none-any.whl',
    manifest: {
      format: 1,
      name: 'demo',
      version: '1.0',
      distInfoDir: 'demo-1.0.dist-info',
      dataDir: 'demo-1.0.data',
      rootIsPurelib: true,
      tags: ['py3-none-any'],
      entryPoints: [{ group: 'console_scripts', name: 'demo', module: 'demo', attribute: 'main' }],
      directories: ['demo', 'demo-1.0.data', 'demo-1.0.data/scripts', 'demo-1.0.dist-info', 'demo/sub'],
    },
  });
  expect(wheel.manifest.groups[0]).toEqual({ directory: '', names: ['top.py'] });
  expect(wheel.manifest.files.map((file) => file.path).sort()).toEqual([
    'demo-1.0.data/scripts/tool',
    'demo-1.0.dist-info/METADATA',
    'demo-1.0.dist-info/RECORD',
    'demo-1.0.dist-info/WHEEL',
    'demo-1.0.dist-info/entry_points.txt',
    'demo/__init__.py',
    'demo/sub/run',
    'top.py',
  ]);
  expect(statSync(path.join(wheel.treeDir, 'demo/__init__.py')).mode & 0o777).toBe(0o444);
  expect(statSync(path.join(wheel.treeDir, 'demo/sub/run')).mode & 0o777).toBe(0o555);
  expect(store.checkWheel(wheel)).toEqual([]);
  expect(events).toEqual([{ type: 'wheel-added', sha256: wheel.sha256, filename: wheel.filename }]);
});

it('finds a wheel again, in another run and without its file', async () => {
  const dir = temporaryDir();
  const first = await freshStore(dir);
  const { sha256, treeDir, manifest } = await first.addWheel(writeWheel(temporaryDir(), options));
  first.close();
  const second = await freshStore(dir);
  expect(second.findWheel(sha256)).toMatchObject({ sha256, treeDir });
  expect(second.findWheel(sha256)?.manifest.files).toEqual(manifest.files);
  expect((await second.addWheel('/nowhere/demo-1.0-py3-none-any.whl', { sha256 })).treeDir).toBe(treeDir);
  expect(second.findWheel('0'.repeat(64))).toBeUndefined();
});

it('leaves nothing behind of a wheel that it refuses', async () => {
  const store = await freshStore();
  const wheelPath = writeWheel(temporaryDir(), { ...options, alter: { 'top.py': { data: 'evil' } } });
  await expect(store.addWheel(wheelPath)).rejects.toMatchObject({ code: 'WHEEL_RECORD_MISMATCH' });
  expect(readdirSync(path.join(store.dir, 'wheels'))).toEqual([]);
  expect(readdirSync(path.join(store.dir, 'staging'))).toEqual([]);
});

it('refuses a file that is not the one that was promised', async () => {
  const store = await freshStore();
  const wheelPath = writeWheel(temporaryDir(), options);
  await expect(store.addWheel(wheelPath, { sha256: '0'.repeat(64) })).rejects.toMatchObject({
    code: 'STORE_HASH_MISMATCH',
  });
});

it('refuses a name that promises another wheel than the hash does', async () => {
  const store = await freshStore();
  const { sha256 } = await store.addWheel(writeWheel(temporaryDir(), options));
  const other = store.addWheel('/nowhere', { sha256, filename: 'other-1.0-py3-none-any.whl' });
  await expect(other).rejects.toMatchObject({ code: 'STORE_HASH_MISMATCH' });
});

it('marks itself as a cache, for backups and for git', async () => {
  const store = await freshStore();
  const tag = readFileSync(path.join(store.dir, 'CACHEDIR.TAG'), 'utf8');
  expect(tag).toMatch(/^Signature: 8a477f597d28d172789f06886806bc55\n/);
  expect(readFileSync(path.join(store.dir, '.gitignore'), 'utf8')).toBe('*\n');
});

it('finds a wheel under a name that spells its version another way', async () => {
  const store = await freshStore();
  const { sha256, entryDir } = await store.addWheel(writeWheel(temporaryDir(), options));
  const found = await store.addWheel('/nowhere', { sha256, filename: 'demo-1.0.0-py3-none-any.whl' });
  expect(found.entryDir).toBe(entryDir);
});

it('keeps the warnings about a wheel, and has none for an ordinary one', async () => {
  const store = await freshStore();
  const odd = await store.addWheel(writeWheel(temporaryDir(), { ...options, unrecorded: ['top.py'] }));
  const expected = ['demo-1.0-py3-none-any.whl does not list top.py in its RECORD.'];
  expect(odd.manifest.warnings).toEqual(expected);
  expect(store.findWheel(odd.sha256)?.manifest.warnings).toEqual(expected);
  const usual = await store.addWheel(writeWheel(temporaryDir(), options));
  expect(usual.manifest.warnings).toBeUndefined();
});

it('downloads into the store once', async () => {
  const store = await freshStore();
  const { bytes, filename, sha256 } = buildWheel(options);
  let downloads = 0;
  const download = async (targetPath: string) => {
    downloads += 1;
    writeFileSync(targetPath, bytes);
  };
  const wheels = await Promise.all([1, 2, 3].map(() => store.addDownload({ filename, sha256 }, download)));
  expect(new Set(wheels.map((wheel) => wheel.treeDir)).size).toBe(1);
  expect(downloads).toBe(1);
  expect((await store.addDownload({ filename }, download)).sha256).toBe(sha256);
  expect(readdirSync(path.join(store.dir, 'staging'))).toEqual([]);
});

it('has removed a downloaded file before it is synced with what was unpacked from it', async () => {
  const { bytes, filename, sha256 } = buildWheel(options);
  let downloaded = '';
  const found: boolean[] = [];
  const store = await freshStore(undefined, {
    fs: {
      ...nodeFs,
      syncFileSystem(fd) {
        found.push(existsSync(downloaded));
        return nodeFs.syncFileSystem(fd);
      },
    },
  });
  await store.addDownload({ filename, sha256 }, async (targetPath) => {
    downloaded = targetPath;
    writeFileSync(targetPath, bytes);
  });
  expect(found).toEqual([false]);
});

it('takes what a download says of its hash, and refuses another one than was asked for', async () => {
  const store = await freshStore();
  const { bytes, filename, sha256 } = buildWheel(options);
  const download = (said: string) => async (targetPath: string) => {
    writeFileSync(targetPath, bytes);
    return { sha256: said };
  };
  expect((await store.addDownload({ filename }, download(sha256))).sha256).toBe(sha256);
  const other = store.addDownload({ filename, sha256: '1'.repeat(64) }, download(sha256));
  await expect(other).rejects.toMatchObject({ code: 'STORE_HASH_MISMATCH', data: { found: sha256 } });
});

it('removes what a failing download left', async () => {
  const store = await freshStore();
  const failing = store.addDownload(
    { filename: 'demo-1.0-py3-none-any.whl', sha256: '1'.repeat(64) },
    async (target) => {
      writeFileSync(target, 'half');
      throw new Error('connection lost');
    },
  );
  await expect(failing).rejects.toThrow('connection lost');
  expect(readdirSync(path.join(store.dir, 'staging'))).toEqual([]);
});

it('detects modified files, and publishes the wheel again under another name', async () => {
  const store = await freshStore();
  const wheelPath = writeWheel(temporaryDir(), options);
  const wheel = await store.addWheel(wheelPath);
  const target = path.join(wheel.treeDir, 'demo/__init__.py');
  chmodSync(target, 0o644);
  writeFileSync(target, 'x = 2\n');
  expect(store.checkWheel(wheel)).toEqual(['demo/__init__.py']);
  store.reportDamage(wheel);
  store.reportDamage(wheel);
  expect(store.findWheel(wheel.sha256)).toBeUndefined();
  const again = await store.addWheel(wheelPath);
  expect(again.treeDir).not.toBe(wheel.treeDir);
  expect(store.checkWheel(again)).toEqual([]);
  expect(readFileSync(path.join(again.treeDir, 'demo/__init__.py'), 'utf8')).toBe('x = 1\n');
  expect(existsSync(target)).toBe(true);
});

it('takes an entry without a readable manifest for one that is not there', async () => {
  const store = await freshStore();
  const wheelPath = writeWheel(temporaryDir(), options);
  const wheel = await store.addWheel(wheelPath);
  chmodSync(path.join(wheel.entryDir, 'wheel.json'), 0o644);
  writeFileSync(path.join(wheel.entryDir, 'wheel.json'), '{');
  expect(store.findWheel(wheel.sha256)).toBeUndefined();
  expect((await store.addWheel(wheelPath)).treeDir).not.toBe(wheel.treeDir);
});

it('keeps answers and facts, and takes damaged ones for misses', async () => {
  const store = await freshStore();
  const key = 'a'.repeat(64);
  expect(store.responses.read(key)).toBeUndefined();
  store.responses.write(key, '{"etag":"ü"}', Buffer.from([0, 10, 255]));
  expect(store.responses.read(key)).toEqual({ meta: '{"etag":"ü"}', body: Buffer.from([0, 10, 255]) });
  store.responses.write(key, 'm', new Uint8Array());
  expect(store.responses.read(key)).toEqual({ meta: 'm', body: Buffer.alloc(0) });
  store.facts.write('/usr/bin/python3 123', 'facts');
  expect(store.facts.read('/usr/bin/python3 123')).toBe('facts');
  expect(store.facts.read('/usr/bin/python3 124')).toBeUndefined();
  for (const dir of [path.join(store.dir, 'responses'), path.join(store.dir, 'facts')]) {
    const [name = ''] = readdirSync(dir);
    const whole = readFileSync(path.join(dir, name));
    for (let length = 0; length < whole.length; length += 1) {
      writeFileSync(path.join(dir, name), whole.subarray(0, length));
      expect(store.responses.read(key) === undefined || store.facts.read('/usr/bin/python3 123') === undefined).toBe(
        true,
      );
    }
    whole[whole.length - 1]! ^= 1;
    writeFileSync(path.join(dir, name), whole);
  }
  expect(store.responses.read(key)).toBeUndefined();
  expect(store.facts.read('/usr/bin/python3 123')).toBeUndefined();
});

it('does not mind an answer that cannot be kept', async () => {
  const store = await freshStore();
  mkdirSync(path.join(path.join(store.dir, 'facts'), 'x'));
  chmodSync(path.join(store.dir, 'facts'), 0o500);
  onTestFinished(() => chmodSync(path.join(store.dir, 'facts'), 0o700));
  expect(() => store.facts.write('k', 'v')).not.toThrow();
});

it('refuses a store that others can write to', async () => {
  const dir = temporaryDir();
  chmodSync(dir, 0o777);
  await expect(openStore(dir)).rejects.toMatchObject({ code: 'STORE_UNSAFE', hint: expect.stringContaining('chmod') });
  chmodSync(dir, 0o755);
  (await openStore(dir)).close();
  chmodSync(dir, 0o775);
  await expect(openStore(dir)).rejects.toMatchObject({ code: 'STORE_UNSAFE' });
});

it('refuses a store of a newer format, and one that does not say its own', async () => {
  const dir = temporaryDir();
  (await openStore(dir)).close();
  writeFileSync(path.join(dir, 'format'), '2\n');
  await expect(openStore(dir)).rejects.toMatchObject({ code: 'STORE_NEWER_FORMAT' });
  writeFileSync(path.join(dir, 'format'), 'junk\n');
  await expect(openStore(dir)).rejects.toMatchObject({ code: 'STORE_DAMAGED' });
});

it('gives out directories for work and takes them back', async () => {
  const store = await freshStore();
  const staging = store.stage();
  writeFileSync(path.join(staging.dir, 'x'), '');
  staging.release();
  staging.release();
  expect(readdirSync(path.join(store.dir, 'staging'))).toEqual([]);
});

it('leaves neither lease nor pin behind when it is closed', async () => {
  const store = await freshStore();
  const wheel = await store.addWheel(writeWheel(temporaryDir(), options));
  expect(readdirSync(path.join(store.dir, 'leases'))).toHaveLength(1);
  expect(readdirSync(path.join(wheel.entryDir, 'pins'))).toHaveLength(1);
  store.close();
  expect(readdirSync(path.join(store.dir, 'leases'))).toEqual([]);
  expect(readdirSync(path.join(wheel.entryDir, 'pins'))).toEqual([]);
  expect(() => store.findWheel(wheel.sha256)).toThrow(expect.objectContaining({ code: 'STORE_CLOSED' }));
});

it('sweeps the staged work of a process that died, and not that of one that lives', async () => {
  const dir = temporaryDir();
  const living = await freshStore(dir);
  const kept = living.stage();
  mkdirSync(path.join(dir, 'staging', '999-dead.1', 'tree'), { recursive: true });
  await freshStore(dir);
  expect(readdirSync(path.join(dir, 'staging'))).toEqual([path.basename(kept.dir)]);
});
