// Every wheel that has to be refused, each wrong in one way, with the code of the refusal that is expected. Readers
// and installers run the whole table, so that what one of them learns to refuse the others are asked about too.
import { deflateRawSync } from 'node:zlib';
import { recordLine, type WheelOptions, type ZipEntry } from './wheels.ts';

export interface MalformedWheel {
  /** A sentence's object: `it refuses ${title}`. */
  readonly title: string;
  readonly code: string;
  readonly options: WheelOptions;
  /** True where only reading all content shows the fault, so that some of it may have been written aside before. */
  readonly late?: boolean;
}

const name = 'bad';
const secret = 'secret = 1\n';

/** All of them; the same list every time. */
export const malformedWheels: readonly MalformedWheel[] = [
  // The archive itself.
  wheel('an empty file', 'WHEEL_NOT_A_ZIP', { zip: { truncateTo: 0 } }),
  wheel('a file cut off in the end record', 'WHEEL_NOT_A_ZIP', { zip: { truncateTo: -4 } }),
  wheel('a file cut off in the middle', 'WHEEL_TRUNCATED', { zip: { truncateTo: 200 } }),
  wheel('an archive before the first entry', 'WHEEL_NOT_A_ZIP', { zip: { prefix: emptyZip() } }),
  wheel('text before the first entry that the offsets ignore', 'WHEEL_NOT_A_ZIP', {
    zip: { prefix: '#!/bin/sh\nexit\n', prefixShifts: false },
  }),
  wheel('bytes after the end record', 'WHEEL_NOT_A_ZIP', { zip: { suffix: 'more' } }),
  wheel('a second archive after the first', 'WHEEL_NOT_A_ZIP', { zip: { suffix: emptyZip() } }),
  wheel('an end record inside the comment', 'WHEEL_NOT_A_ZIP', { zip: { comment: emptyZip().toString('latin1') } }),
  wheel('bytes between the last entry and the directory', 'WHEEL_NOT_A_ZIP', { zip: { beforeDirectory: 'hidden' } }),
  wheel('a directory that claims fewer entries than there are', 'WHEEL_NOT_A_ZIP', { zip: { entryCount: 3 } }),
  wheel('a directory that claims more entries than there are', 'WHEEL_NOT_A_ZIP', { zip: { entryCount: 9 } }),
  wheel('an archive in several parts', 'WHEEL_NOT_A_ZIP', { zip: { diskNumber: 1 } }),
  wheel('an entry missing from the directory', 'WHEEL_NOT_A_ZIP', {
    extraEntries: [{ name: 'hidden.py', data: secret, only: 'local' }],
    unrecorded: ['hidden.py'],
  }),
  wheel('an entry that is only in the directory', 'WHEEL_NOT_A_ZIP', {
    extraEntries: [{ name: 'ghost.py', data: secret, only: 'central' }],
  }),
  wheel('two entries over the same bytes', 'WHEEL_NOT_A_ZIP', {
    extraEntries: [{ name: 'again.py', data: "version = '1.0'\n", offset: 0, only: 'central' }],
  }),
  wheel('a local header with another name', 'WHEEL_NOT_A_ZIP', altered('bad.py', { localName: 'BAD.py' })),
  wheel('a local header with another size', 'WHEEL_NOT_A_ZIP', altered('bad.py', { localSize: 5 })),
  wheel('a local header with another method', 'WHEEL_NOT_A_ZIP', altered('bad.py', { localMethod: 0 })),
  wheel('a local header with other flags', 'WHEEL_NOT_A_ZIP', altered('bad.py', { localFlags: 1 })),
  wheel('an encrypted entry', 'WHEEL_UNSUPPORTED', altered('bad.py', { flags: 1 })),
  wheel('sizes after the data that differ from the directory', 'WHEEL_NOT_A_ZIP', {
    alter: { 'bad.py': { dataDescriptor: true, descriptorSize: 5 } },
  }),
  wheel('sizes announced after the data and absent', 'WHEEL_NOT_A_ZIP', altered('bad.py', { flags: 8 })),
  wheel('a local header with another size beside sizes after the data', 'WHEEL_NOT_A_ZIP', {
    alter: { 'bad.py': { flags: 8, localSize: 5 } },
  }),
  wheel('a compression other than deflate', 'WHEEL_UNSUPPORTED', altered('bad.py', { method: 12 })),
  wheel('a stored entry whose sizes differ', 'WHEEL_NOT_A_ZIP', altered('bad.py', { method: 'stored', size: 3 })),
  wheel('a unicode path extra field', 'WHEEL_UNSAFE_PATH', altered('bad.py', { extra: unicodePath('other.py') })),
  wheel(
    'an extra field that is cut off',
    'WHEEL_NOT_A_ZIP',
    altered('bad.py', { extra: Buffer.from([9, 9, 9, 0, 1]) }),
  ),
  wheel('a size in a ZIP64 extra field that is missing', 'WHEEL_NOT_A_ZIP', altered('bad.py', { size: 0xffffffff })),
  wheel('a size in a ZIP64 extra field that is too short', 'WHEEL_NOT_A_ZIP', {
    alter: { 'bad.py': { size: 0xffffffff, extra: Buffer.from([1, 0, 4, 0, 1, 0, 0, 0]) } },
  }),
  wheel('an entry with strong encryption', 'WHEEL_UNSUPPORTED', altered('bad.py', { flags: 0x40 })),

  // Names.
  wheel('a path that climbs out', 'WHEEL_UNSAFE_PATH', added('../evil.py')),
  wheel('a path that climbs out in the middle', 'WHEEL_UNSAFE_PATH', added('pkg/../../evil.py')),
  wheel('an absolute path', 'WHEEL_UNSAFE_PATH', added('/tmp/evil.py')),
  wheel('a path with a drive', 'WHEEL_UNSAFE_PATH', added('C:/evil.py')),
  wheel('a backslash', 'WHEEL_UNSAFE_PATH', added('pkg\\evil.py')),
  wheel('a NUL', 'WHEEL_UNSAFE_PATH', added('evil.py\0.txt')),
  wheel('a line break in a name', 'WHEEL_UNSAFE_PATH', added('evil\n.py')),
  wheel('a name that is not UTF-8', 'WHEEL_UNSAFE_PATH', {
    extraEntries: [{ name: Buffer.from([0x66, 0xff, 0xfe]), data: secret, flags: 0x800 }],
  }),
  wheel('an empty name', 'WHEEL_UNSAFE_PATH', added('')),
  wheel('the same name twice', 'WHEEL_DUPLICATE_NAME', {
    files: { 'bad.py': secret },
    extraEntries: [{ name: 'bad.py', data: 'other = 2\n' }],
  }),
  wheel('a name that is a file and a directory', 'WHEEL_DUPLICATE_NAME', {
    files: { 'bad/__init__.py': secret, bad: secret },
  }),
  wheel('a file entry below a directory entry of the same name', 'WHEEL_DUPLICATE_NAME', {
    files: { bad: secret },
    extraEntries: [{ name: 'bad/', method: 'stored', mode: 0o40755 }],
  }),
  wheel('a symbolic link', 'WHEEL_SYMLINK', {
    extraEntries: [{ name: 'link.py', data: '/etc/passwd', mode: 0o120777 }],
  }),
  wheel('a device', 'WHEEL_SYMLINK', { extraEntries: [{ name: 'device', data: '', mode: 0o20644 }] }),

  // dist-info.
  wheel('no dist-info directory', 'WHEEL_INVALID_METADATA', {
    metadataText: null,
    wheelText: null,
    recordText: null,
  }),
  wheel('two dist-info directories', 'WHEEL_INVALID_METADATA', {
    files: { 'other-2.0.dist-info/METADATA': 'Name: other\n' },
  }),
  wheel('a dist-info directory of another project', 'WHEEL_INVALID_METADATA', { distInfoDir: 'good-1.0.dist-info' }),
  wheel('a data directory of another version', 'WHEEL_INVALID_METADATA', {
    dataDir: 'bad-2.0.data',
    data: { 'scripts/x': '#!python\n' },
  }),
  wheel('METADATA with another name', 'WHEEL_INVALID_METADATA', {
    metadataText: 'Metadata-Version: 2.1\nName: good\nVersion: 1.0\n',
  }),
  wheel('METADATA with another version', 'WHEEL_INVALID_METADATA', {
    metadataText: 'Metadata-Version: 2.1\nName: bad\nVersion: 2.0\n',
  }),
  wheel('no METADATA', 'WHEEL_INVALID_METADATA', { metadataText: null }),
  wheel('no WHEEL', 'WHEEL_INVALID_METADATA', { wheelText: null }),
  wheel('a WHEEL file without a version', 'WHEEL_INVALID_METADATA', { wheelText: 'Generator: testkit\n' }),
  wheel('a version of the wheel format that is not known', 'WHEEL_UNSUPPORTED', { wheelVersion: '2.0' }),
  wheel('a version of the wheel format that is not a version', 'WHEEL_INVALID_METADATA', { wheelVersion: 'new' }),
  wheel('a file beside the schemes of the data directory', 'WHEEL_INVALID_METADATA', { data: { 'loose.txt': 'x' } }),
  wheel('a scheme that does not exist', 'WHEEL_INVALID_METADATA', { data: { 'wat/x.txt': 'x' } }),
  wheel('a script in a directory', 'WHEEL_INVALID_METADATA', { data: { 'scripts/sub/x': '#!python\n' } }),
  wheel('an entry point that climbs out', 'WHEEL_INVALID_METADATA', {
    entryPoints: { console_scripts: { '../x': 'bad:main' } },
  }),
  wheel('an entry point that names a file in a directory', 'WHEEL_INVALID_METADATA', {
    entryPoints: { console_scripts: { 'sub/x': 'bad:main' } },
  }),
  wheel('a script entry point without an attribute', 'WHEEL_INVALID_METADATA', {
    entryPoints: { console_scripts: { x: 'bad' } },
  }),
  wheel('an entry point with code in it', 'WHEEL_INVALID_METADATA', {
    entryPoints: { console_scripts: { x: 'bad:main;import os' } },
  }),
  wheel('a file name that is not a wheel', 'WHEEL_INVALID_NAME', { filename: 'bad.whl' }),
  wheel('a file name of another project', 'WHEEL_INVALID_METADATA', { filename: 'good-1.0-py3-none-any.whl' }),

  // RECORD.
  wheel('no RECORD', 'WHEEL_RECORD_MISSING', { recordText: null }),
  wheel('a RECORD that is not a table', 'WHEEL_RECORD_MISMATCH', { recordText: 'bad.py\n"' }),
  wheel('a file that RECORD lists twice', 'WHEEL_RECORD_MISMATCH', {
    recordText: (correct) => recordLine('bad.py', secret) + correct,
  }),

  wheel('a row for a path outside of the wheel', 'WHEEL_RECORD_MISMATCH', {
    recordText: (correct) => `../../evil.py,,\n${correct}`,
  }),
  wheel('a row for an absolute path', 'WHEEL_RECORD_MISMATCH', {
    recordText: (correct) => `/etc/passwd,,\n${correct}`,
  }),
  wheel('md5 in RECORD that the content contradicts', 'WHEEL_RECORD_MISMATCH', {
    recordText: (correct) => correct.replace(/^bad\.py,.*\n/m, recordLine('bad.py', 'other', 'md5')),
  }),
  wheel('half a hash in RECORD', 'WHEEL_RECORD_MISMATCH', {
    recordText: (correct) => correct.replace(/^(bad\.py,sha256=.{9}).*$/m, '$1,16'),
  }),
  wheel('a size without a hash that the content contradicts', 'WHEEL_RECORD_MISMATCH', {
    recordText: (correct) => correct.replace(/^bad\.py,.*$/m, 'bad.py,,999'),
  }),

  // Content.
  late('a hash that differs from RECORD', 'WHEEL_RECORD_MISMATCH', altered('bad.py', { data: "version = '6.6'\n" })),
  late('a CRC that differs', 'WHEEL_CORRUPT', altered('bad.py', { crc: 1 })),
  late('compressed data that is damaged', 'WHEEL_CORRUPT', altered('bad.py', rawDeflate(Buffer.from('\xff\xff\xff')))),
  late('compressed data that ends early', 'WHEEL_CORRUPT', altered('bad.py', rawDeflate(cutDeflate()))),
  late('compressed data that goes on', 'WHEEL_CORRUPT', altered('bad.py', rawDeflate(longDeflate()))),
  late('more data than the header says', 'WHEEL_CORRUPT', altered('bad.py', bomb())),
];

function wheel(title: string, code: string, options: Omit<WheelOptions, 'name'>): MalformedWheel {
  return { title, code, options: { name, ...options } };
}

function late(title: string, code: string, options: Omit<WheelOptions, 'name'>): MalformedWheel {
  return { ...wheel(title, code, options), late: true };
}

function added(entryName: string): Omit<WheelOptions, 'name'> {
  return { extraEntries: [{ name: entryName, data: secret }] };
}

function altered(entryName: string, change: Partial<ZipEntry>): Omit<WheelOptions, 'name'> {
  return { alter: { [entryName]: change } };
}

// Data that claims to be deflated content of 16 bytes, as bad.py is.
function rawDeflate(data: Uint8Array): Partial<ZipEntry> {
  return { method: 8, data, size: 16, crc: 0x1234 };
}

function cutDeflate(): Buffer {
  return deflateRawSync("version = '1.0'\n").subarray(0, -3);
}

function longDeflate(): Buffer {
  return Buffer.concat([deflateRawSync("version = '1.0'\n"), Buffer.from('hidden')]);
}

function bomb(): Partial<ZipEntry> {
  return { method: 8, data: deflateRawSync(Buffer.alloc(50_000_000)), size: 16, crc: 0x1234 };
}

function unicodePath(other: string): Buffer {
  const field = Buffer.alloc(9);
  field.writeUInt16LE(0x7075, 0);
  field.writeUInt16LE(5 + Buffer.byteLength(other), 2);
  field.writeUInt8(1, 4);
  return Buffer.concat([field, Buffer.from(other)]);
}

function emptyZip(): Buffer {
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  return end;
}
