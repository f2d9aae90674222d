import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { buildWheel, recordLine, writeWheel } from '@wheelwright/testkit/wheels';
import { describe, expect, it } from 'vitest';
import { describeWheel, readWheelMetadata } from '../src/describe-wheel.ts';
import { directorySink } from '../src/directory-sink.ts';
import { hashFile } from '../src/hash-file.ts';
import { unpackWheel } from '../src/unpack-wheel.ts';
import { collectingSink } from './collecting-sink.ts';

const ordinary = {
  name: 'Some.Package',
  version: '1.2.3',
  tag: 'cp311.cp312-none-manylinux_2_17_x86_64',
  rootIsPurelib: false,
  files: {
    'some_package/__init__.py': 'x = 1\n',
    'some_package/native.so': { data: Buffer.alloc(300_000, 7), mode: 0o755 },
    'some_package/data/ünï.txt': 'text',
    'some_package/empty.txt': '',
  },
  data: { 'scripts/run': '#!python\n', 'data/share/x': 'x' },
  distInfo: { 'licenses/LICENSE': 'free' },
  entryPoints: { console_scripts: { run2: 'some_package:main' } },
  requiresDist: ['other>=1'],
} as const;

it('gives every file of a wheel to the sink, directories first', async () => {
  const { bytes, filename } = buildWheel(ordinary);
  const sink = collectingSink();
  const wheel = await unpackWheel(bytes, sink, { filename });
  expect(sink.calls.slice(0, 9)).toEqual([
    'Some_Package-1.2.3.data/',
    'Some_Package-1.2.3.data/data/',
    'Some_Package-1.2.3.data/data/share/',
    'Some_Package-1.2.3.data/scripts/',
    'Some_Package-1.2.3.dist-info/',
    'Some_Package-1.2.3.dist-info/licenses/',
    'some_package/',
    'some_package/data/',
    expect.not.stringMatching(/\/$/),
  ]);
  expect([...sink.files.keys()].sort()).toEqual(wheel.files.map((file) => file.path));
  expect(sink.files.get('some_package/data/ünï.txt')).toBe('text');
  expect([...sink.executables]).toEqual(['some_package/native.so']);
});

it('describes a wheel without unpacking it', async () => {
  const { bytes, filename } = buildWheel(ordinary);
  const wheel = await describeWheel(bytes, { filename });
  expect(wheel).toMatchObject({
    filename: 'Some_Package-1.2.3-cp311.cp312-none-manylinux_2_17_x86_64.whl',
    name: 'some-package',
    tags: ['cp311-none-manylinux_2_17_x86_64', 'cp312-none-manylinux_2_17_x86_64'],
    distInfoDir: 'Some_Package-1.2.3.dist-info',
    dataDir: 'Some_Package-1.2.3.data',
    rootIsPurelib: false,
    warnings: [],
  });
  expect(wheel.version.text).toBe('1.2.3');
  expect(wheel.metadata.requiresDist).toEqual(['other>=1']);
  expect(wheel.entryPoints).toMatchObject([{ group: 'console_scripts', name: 'run2', attribute: 'main' }]);
  expect(wheel.files.find((file) => file.path === 'some_package/empty.txt')).toEqual({
    path: 'some_package/empty.txt',
    size: 0,
    executable: false,
    sha256: createHash('sha256').digest('hex'),
  });
  expect((await readWheelMetadata(bytes, { filename })).name).toBe('Some.Package');
});

it('has a hash for RECORD itself and for files with a longer hash', async () => {
  const content = 'x = 1\n';
  const wheel = buildWheel({
    name: 'a',
    files: { 'a.py': content },
    recordText: (correct) => correct.replace(/^a\.py,.*\n/m, recordLine('a.py', content, 'sha512')),
  });
  const { files } = await describeWheel(wheel.bytes, { filename: wheel.filename });
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
  expect(files.find(({ path }) => path === 'a.py')?.sha256).toBe(sha256(content));
  expect(files.find(({ path }) => path.endsWith('/RECORD'))?.sha256).toBe(sha256(wheel.recordText));
});

it('refuses content that differs from a longer hash', async () => {
  const { bytes, filename } = buildWheel({
    name: 'a',
    files: { 'a.py': 'x = 1\n' },
    recordText: (correct) => correct.replace(/^a\.py,.*\n/m, recordLine('a.py', 'y = 2\n', 'sha384')),
  });
  await expect(describeWheel(bytes, { filename })).rejects.toMatchObject({ code: 'WHEEL_RECORD_MISMATCH' });
});

it('refuses a large file that differs from its hash, and gives the sink nothing after a refusal', async () => {
  const large = Buffer.alloc(400_000, 'large');
  const files = { 'a/one.bin': large, 'a/two.bin': large, 'a/small.txt': 'x' };
  const wrongLarge = buildWheel({ name: 'a', files, alter: { 'a/two.bin': { data: Buffer.alloc(400_000, 'other') } } });
  const sink = collectingSink();
  const refused = unpackWheel(wrongLarge.bytes, sink, { filename: wrongLarge.filename });
  await expect(refused).rejects.toMatchObject({ code: 'WHEEL_RECORD_MISMATCH', data: { entry: 'a/two.bin' } });
  expect(sink.files.has('a/two.bin')).toBe(false);

  const wrongSmall = buildWheel({ name: 'a', files, alter: { 'a/small.txt': { data: 'y' } } });
  const other = collectingSink();
  await expect(unpackWheel(wrongSmall.bytes, other, { filename: wrongSmall.filename })).rejects.toThrow('a/small.txt');
  const { length } = other.calls;
  await new Promise((resolve) => setImmediate(resolve));
  await unpackWheel(buildWheel({ name: 'a', files }).bytes, collectingSink(), { filename: wrongSmall.filename });
  expect(other.calls).toHaveLength(length);
});

describe('a file too large for memory', () => {
  const size = 17 * 1024 * 1024;
  const content = Buffer.alloc(size, 'some content that deflates well ');
  const build = (method: 'deflate' | 'stored', alter = {}) =>
    buildWheel({
      name: 'a',
      files: { 'a/large.bin': { data: content, mode: 0o755 } },
      method,
      alter: { 'a/large.bin': alter },
    });
  const unpack = async ({ bytes, filename }: { bytes: Buffer; filename: string }) => {
    const dir = temporaryDir();
    await unpackWheel(bytes, directorySink(dir), { filename });
    return path.join(dir, 'a/large.bin');
  };

  it('passes in pieces', async () => {
    for (const method of ['deflate', 'stored'] as const) {
      const target = await unpack(build(method));
      expect(readFileSync(target).equals(content)).toBe(true);
      expect(statSync(target).mode & 0o111).toBe(0o111);
    }
  });

  it('may have reached the sink before its hash is found wrong, and is ended once', async () => {
    const { bytes, filename } = build('deflate', { data: Buffer.alloc(size, 'other content') });
    const sink = collectingSink();
    let [written, ended] = [0, 0];
    const largeFile = () => ({
      write: (data: Uint8Array) => {
        written += data.length;
      },
      end: () => {
        ended += 1;
      },
    });
    const refused = unpackWheel(bytes, { ...sink, largeFile }, { filename });
    await expect(refused).rejects.toMatchObject({ code: 'WHEEL_RECORD_MISMATCH' });
    expect([written, ended]).toEqual([size, 1]);
    expect(sink.files.has('a/large.bin')).toBe(false);
  });

  it('passes whole where the sink wants it so', async () => {
    const { bytes, filename } = build('deflate');
    const sink = collectingSink();
    await unpackWheel(bytes, sink, { filename });
    expect(sink.files.get('a/large.bin')).toHaveLength(size);
  });

  const other = Buffer.alloc(size, 'other content');
  const deflated = deflateRawSync(content);
  const wrong: readonly [title: string, code: string, alter: object][] = [
    ['its hash differs', 'WHEEL_RECORD_MISMATCH', { data: other }],
    ['its CRC differs', 'WHEEL_CORRUPT', { crc: 1 }],
    ['it is cut off', 'WHEEL_CORRUPT', { method: 8, data: deflated.subarray(0, -5), size, crc: crc32(content) }],
    ['it is damaged', 'WHEEL_CORRUPT', { method: 8, data: Buffer.alloc(99_999, 255), size, crc: crc32(content) }],
    [
      'it goes on',
      'WHEEL_CORRUPT',
      { method: 8, data: Buffer.concat([deflated, other.subarray(0, 99)]), size, crc: crc32(content) },
    ],
    [
      'it is larger than announced',
      'WHEEL_CORRUPT',
      { method: 8, data: deflateRawSync(Buffer.concat([content, content])), size, crc: crc32(content) },
    ],
  ];
  it.each(wrong)('is refused when %s', async (_title, code, alter) => {
    await expect(unpack(build('deflate', alter))).rejects.toMatchObject({ code });
  });
});

it('leaves byte-code out and says so', async () => {
  const { bytes, filename } = buildWheel({
    name: 'a',
    files: { 'a/__init__.py': '', 'a/__pycache__/__init__.cpython-311.pyc': 'x', '__pycache__/b.pyc': 'y' },
  });
  const sink = collectingSink();
  const wheel = await unpackWheel(bytes, sink, { filename });
  expect(sink.calls.join()).not.toContain('pycache');
  expect(wheel.warnings).toHaveLength(1);
});

it('accepts stored entries, ZIP64 fields, directory entries, signatures and an archive comment', async () => {
  const { bytes, filename, distInfoDir } = buildWheel({
    name: 'a',
    files: { 'a/x.py': 'x' },
    method: 'stored',
    extraEntries: [
      { name: 'a/', method: 'stored', mode: 0o40755 },
      { name: 'a-1.0.dist-info/RECORD.jws', data: '{}' },
    ],
    unrecorded: ['a-1.0.dist-info/RECORD.jws'],
    alter: { 'a/x.py': { zip64: true } },
    zip: { comment: 'made by hand' },
  });
  const sink = collectingSink();
  await unpackWheel(bytes, sink, { filename });
  expect([...sink.files.keys()]).toContain(`${distInfoDir}/RECORD.jws`);
});

it('warns of a newer minor version of the format', async () => {
  const { bytes, filename } = buildWheel({ name: 'a', wheelVersion: '1.9' });
  expect((await describeWheel(bytes, { filename })).warnings[0]).toContain('1.9');
});

it('unpacks to a directory and keeps nothing of the mode but the right to execute', async () => {
  const dir = temporaryDir();
  const wheelPath = writeWheel(dir, { name: 'a', files: { 'a/x.py': 'x', 'a/run': { data: 'y', mode: 0o4777 } } });
  await unpackWheel(wheelPath, directorySink(dir));
  expect(readFileSync(path.join(dir, 'a/x.py'), 'utf8')).toBe('x');
  expect(statSync(path.join(dir, 'a/run')).mode & 0o7111).toBe(0o111);
  expect(statSync(path.join(dir, 'a/x.py')).mode & 0o111).toBe(0);
  expect(existsSync(path.join(dir, 'a-1.0.dist-info/RECORD'))).toBe(true);
});

it('never writes over what is already in a directory', async () => {
  const dir = temporaryDir();
  const wheelPath = writeWheel(dir, { name: 'a' });
  await unpackWheel(wheelPath, directorySink(dir));
  await expect(unpackWheel(wheelPath, directorySink(dir))).rejects.toMatchObject({ code: 'EEXIST' });
});

it('stops when its signal says so', async () => {
  const { bytes, filename } = buildWheel({ name: 'a' });
  const stop = new AbortController();
  const sink = { directory: () => {}, file: () => stop.abort(new Error('enough')) };
  await expect(unpackWheel(bytes, sink, { filename, signal: stop.signal })).rejects.toThrow('enough');
});

it('lets the error of the operating system pass when the wheel cannot be opened', async () => {
  const missing = path.join(temporaryDir(), 'a-1.0-py3-none-any.whl');
  await expect(describeWheel(missing)).rejects.toMatchObject({ code: 'ENOENT' });
});

it('hashes a file', async () => {
  const dir = temporaryDir();
  const wheel = buildWheel({ name: 'a' });
  expect(await hashFile(writeWheel(dir, { name: 'a' }))).toBe(wheel.sha256);
});
