// A zip writer that can lie. Every field that a reader might trust can be set apart from the truth, so that a test can
// make each archive that a careful reader has to refuse.
import zlib from 'node:zlib';

export interface ZipEntry {
  /** As bytes where it shall not be valid UTF-8. A trailing slash makes it a directory for most readers. */
  readonly name: string | Uint8Array;
  readonly data?: string | Uint8Array | undefined;
  /** `'deflate'` by default; a number is written as the method, over data that is stored as it is. */
  readonly method?: 'deflate' | 'stored' | number | undefined;
  /** The Unix mode with its file type; 0o100644 by default. Undefined type bits are allowed. */
  readonly mode?: number | undefined;
  /** General purpose flags; 0x800 (UTF-8) by default when the name needs it. */
  readonly flags?: number | undefined;
  readonly extra?: Uint8Array | undefined;
  readonly localExtra?: Uint8Array | undefined;
  readonly comment?: string | undefined;
  /** What the headers claim where it shall differ from the truth; `local…` for the local header alone. */
  readonly crc?: number | undefined;
  readonly size?: number | undefined;
  readonly compressedSize?: number | undefined;
  readonly localName?: string | Uint8Array | undefined;
  readonly localSize?: number | undefined;
  readonly localMethod?: number | undefined;
  readonly localFlags?: number | undefined;
  /** Where the central directory says that the entry starts. */
  readonly offset?: number | undefined;
  /** CRC and sizes after the data instead of before it: with a signature, without one, or with sizes of eight bytes. */
  readonly dataDescriptor?: boolean | 'bare' | 'wide' | undefined;
  /** The unpacked size that the data descriptor claims. */
  readonly descriptorSize?: number | undefined;
  /** Sizes and offset in a ZIP64 extra field. */
  readonly zip64?: boolean | undefined;
  /** Only in one of the two places. */
  readonly only?: 'local' | 'central' | undefined;
}

export interface ZipOptions {
  /** Bytes before the first entry; offsets take them into account unless `prefixShifts` is false. */
  readonly prefix?: string | Uint8Array | undefined;
  readonly prefixShifts?: boolean | undefined;
  /** Bytes between the last entry and the central directory. */
  readonly beforeDirectory?: string | Uint8Array | undefined;
  /** Bytes after the end record. */
  readonly suffix?: string | Uint8Array | undefined;
  readonly comment?: string | undefined;
  /** What the end record claims. */
  readonly entryCount?: number | undefined;
  readonly directorySize?: number | undefined;
  readonly directoryOffset?: number | undefined;
  readonly diskNumber?: number | undefined;
  /** Only the first so many bytes; a negative number counts from the end. */
  readonly truncateTo?: number | undefined;
}

/** The bytes of a zip archive with `entries` in their order. The same arguments always give the same bytes. */
export function buildZip(entries: readonly ZipEntry[], options: ZipOptions = {}): Buffer {
  const prefix = bytes(options.prefix ?? '');
  const parts: Buffer[] = [prefix];
  const central: Buffer[] = [];
  let offset = options.prefixShifts === false ? 0 : prefix.length;
  for (const entry of entries) {
    const { local, directory } = encodeEntry(entry, offset);
    if (entry.only !== 'central') {
      parts.push(local);
      offset += local.length;
    }
    if (entry.only !== 'local') central.push(directory);
  }
  const between = bytes(options.beforeDirectory ?? '');
  const directory = Buffer.concat(central);
  parts.push(between, directory, endRecord(central.length, directory.length, offset + between.length, options));
  parts.push(bytes(options.suffix ?? ''));
  const whole = Buffer.concat(parts);
  return options.truncateTo === undefined ? whole : whole.subarray(0, options.truncateTo);
}

function encodeEntry(entry: ZipEntry, offset: number): { local: Buffer; directory: Buffer } {
  const data = bytes(entry.data ?? '');
  const method = entry.method === 'stored' ? 0 : typeof entry.method === 'number' ? entry.method : 8;
  const body = entry.method === undefined || entry.method === 'deflate' ? zlib.deflateRawSync(data) : data;
  const name = bytes(entry.name);
  const localName = bytes(entry.localName ?? entry.name);
  const flags = (entry.flags ?? (isAscii(name) ? 0 : 0x800)) | (entry.dataDescriptor ? 8 : 0);
  const crc = entry.crc ?? zlib.crc32(data);
  const size = entry.size ?? data.length;
  const compressed = entry.compressedSize ?? body.length;
  const localSize = entry.localSize ?? size;
  const extra = Buffer.concat(
    [bytes(entry.extra ?? ''), entry.zip64 ? zip64Extra([size, compressed, offset]) : ''].map(bytes),
  );
  const localExtra = Buffer.concat(
    [bytes(entry.localExtra ?? ''), entry.zip64 ? zip64Extra([localSize, compressed]) : ''].map(bytes),
  );
  const comment = bytes(entry.comment ?? '');
  const later = entry.dataDescriptor !== undefined && entry.dataDescriptor !== false;
  const huge = entry.zip64 === true;
  const version = huge ? 45 : 20;
  const local = Buffer.concat([
    fields(
      [4, 0x04034b50],
      [2, version],
      [2, entry.localFlags ?? flags],
      [2, entry.localMethod ?? method],
      [4, dosTime],
      [4, later ? 0 : crc],
      [4, huge ? 0xffffffff : later ? 0 : compressed],
      [4, huge ? 0xffffffff : later ? 0 : localSize],
      [2, localName.length],
      [2, localExtra.length],
    ),
    localName,
    localExtra,
    body,
    later ? descriptor(entry, crc, compressed, entry.descriptorSize ?? size) : Buffer.alloc(0),
  ]);
  const directory = Buffer.concat([
    fields(
      [4, 0x02014b50],
      [2, (3 << 8) | version],
      [2, version],
      [2, flags],
      [2, method],
      [4, dosTime],
      [4, crc],
      [4, huge ? 0xffffffff : compressed],
      [4, huge ? 0xffffffff : size],
      [2, name.length],
      [2, extra.length],
      [2, comment.length],
      [2, 0],
      [2, 0],
      [4, ((entry.mode ?? 0o100644) << 16) >>> 0],
      [4, huge ? 0xffffffff : (entry.offset ?? offset)],
    ),
    name,
    extra,
    comment,
  ]);
  return { local, directory };
}

function descriptor({ dataDescriptor }: ZipEntry, crc: number, compressed: number, size: number): Buffer {
  const high: [4, number][] = dataDescriptor === 'wide' ? [[4, 0]] : [];
  const sizes = fields([4, crc], [4, compressed], ...high, [4, size], ...high);
  return dataDescriptor === 'bare' ? sizes : Buffer.concat([fields([4, 0x08074b50]), sizes]);
}

function endRecord(count: number, size: number, offset: number, options: ZipOptions): Buffer {
  const comment = bytes(options.comment ?? '');
  const entries = options.entryCount ?? count;
  const disk = options.diskNumber ?? 0;
  return Buffer.concat([
    fields(
      [4, 0x06054b50],
      [2, disk],
      [2, disk],
      [2, entries],
      [2, entries],
      [4, options.directorySize ?? size],
      [4, options.directoryOffset ?? offset],
      [2, comment.length],
    ),
    comment,
  ]);
}

function zip64Extra(values: readonly number[]): Buffer {
  return Buffer.concat([fields([2, 1], [2, values.length * 8]), ...values.map((value) => fields([4, value], [4, 0]))]);
}

function fields(...list: readonly (readonly [width: 2 | 4, value: number])[]): Buffer {
  const out = Buffer.alloc(list.reduce((sum, [width]) => sum + width, 0));
  let at = 0;
  for (const [width, value] of list) {
    if (width === 2) out.writeUInt16LE(value, at);
    else out.writeUInt32LE(value >>> 0, at);
    at += width;
  }
  return out;
}

// 1 January 2020, midnight.
const dosTime = ((((2020 - 1980) << 9) | (1 << 5) | 1) << 16) >>> 0;

function isAscii(name: Buffer): boolean {
  return name.every((byte) => byte < 0x80);
}

function bytes(data: string | Uint8Array): Buffer {
  return typeof data === 'string'
    ? Buffer.from(data, 'utf8')
    : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}
