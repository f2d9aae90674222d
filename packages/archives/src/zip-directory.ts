// Reads the central directory of a zip archive: one read for the whole directory, and no memory of its own for a name or an
// extra field. Refuses what readers could understand in two ways: a second end record, a directory that is not where its end
// record puts it, entries that are counted in two ways. Numbers are sections of APPNOTE 6.3.10.
import { ArchivesError } from './archives-error.ts';
import type { ByteSource } from './byte-source.ts';

/** An entry as the central directory describes it (4.3.12). */
export interface ZipMember {
  /** The bytes of the whole directory, which hold the name and the extra fields. */
  readonly directory: Buffer;
  readonly nameStart: number;
  readonly nameEnd: number;
  /** Where the extra fields end; they begin where the name ends. */
  readonly extraEnd: number;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly compressedSize: number;
  readonly size: number;
  /** The offset of the local header. */
  readonly offset: number;
  /** The Unix mode with its file type; 0 where the archive was made elsewhere. */
  readonly mode: number;
}

/** The name of an entry for messages. */
export function nameOf({ directory, nameStart, nameEnd }: ZipMember): string {
  return directory.toString('utf8', nameStart, nameEnd);
}

export interface ZipDirectory {
  readonly members: readonly ZipMember[];
  /** Where the entries end and the directory starts. */
  readonly offset: number;
}

const endRecordSize = 22;
const largeEndRecordSize = 56;
const locatorSize = 20;
const headerSize = 46;
const longestComment = 0xffff;
/** A field of four bytes whose value is in the ZIP64 extra field. */
const isElsewhere = 0xffffffff;

/** Reads the directory. Throws WHEEL_NOT_A_ZIP, WHEEL_TRUNCATED, and WHEEL_UNSAFE_PATH for an entry without a name. */
export function readZipDirectory(source: ByteSource): ZipDirectory {
  const end = readEndRecord(source);
  const bytes = source.read(end.directoryOffset, end.directorySize);
  const isWhole = bytes.length === end.directorySize && end.directoryOffset + end.directorySize === end.position;
  if (!isWhole) throw misplaced(source);
  const members: ZipMember[] = [];
  let at = 0;
  while (members.length < end.entryCount) {
    if (at + headerSize > bytes.length || bytes.readUInt32LE(at) !== 0x02014b50) throw misplaced(source);
    const member = readMember(source, bytes, at);
    at = member.extraEnd + bytes.readUInt16LE(at + 32);
    if (at > bytes.length) throw misplaced(source);
    members.push(member);
  }
  if (at !== bytes.length) throw misplaced(source);
  return { members, offset: end.directoryOffset };
}

function readMember(source: ByteSource, directory: Buffer, at: number): ZipMember {
  const nameStart = at + headerSize;
  const nameEnd = nameStart + directory.readUInt16LE(at + 28);
  const extraEnd = nameEnd + directory.readUInt16LE(at + 30);
  if (extraEnd > directory.length) throw misplaced(source);
  if (nameEnd === nameStart) throw unnamed(source);
  let compressedSize = directory.readUInt32LE(at + 20);
  let size = directory.readUInt32LE(at + 24);
  let offset = directory.readUInt32LE(at + 42);
  if (size === isElsewhere || compressedSize === isElsewhere || offset === isElsewhere) {
    ({ compressedSize, size, offset } = readLargeFields(source, directory.subarray(nameEnd, extraEnd), {
      compressedSize,
      size,
      offset,
    }));
  }
  return {
    directory,
    nameStart,
    nameEnd,
    extraEnd,
    flags: directory.readUInt16LE(at + 8),
    method: directory.readUInt16LE(at + 10),
    crc: directory.readUInt32LE(at + 16),
    compressedSize,
    size,
    offset,
    // The upper byte of "version made by" is 3 for Unix (4.4.2).
    mode: directory[at + 5] === 3 ? directory.readUInt16LE(at + 40) : 0,
  };
}

interface LargeFields {
  readonly compressedSize: number;
  readonly size: number;
  readonly offset: number;
}

/** The fields that the header leaves to the ZIP64 extra field, in the order in which it has them (4.5.3). */
function readLargeFields(source: ByteSource, extra: Buffer, stated: LargeFields): LargeFields {
  let at = 0;
  let end = 0;
  for (const field of extraFields(extra, 0, extra.length)) {
    if (field.id === 0x0001) [at, end] = [field.start, Math.min(field.end, extra.length)];
  }
  const next = (value: number): number => {
    if (value !== isElsewhere) return value;
    const large = at + 8 <= end ? Number(extra.readBigUInt64LE(at)) : Number.NaN;
    if (!Number.isSafeInteger(large))
      throw notAZip(source, 'the ZIP64 extra field of an entry is missing or too short');
    at += 8;
    return large;
  };
  const size = next(stated.size);
  const compressedSize = next(stated.compressedSize);
  return { size, compressedSize, offset: next(stated.offset) };
}

/** An extra field of a header (4.5.1): `start` and `end` of its data. */
export interface ExtraField {
  readonly id: number;
  readonly start: number;
  readonly end: number;
}

/** The extra fields between two positions. One that goes beyond the end has `end` beyond it; nothing follows it. */
export function extraFields(bytes: Buffer, from: number, to: number): ExtraField[] {
  const fields: ExtraField[] = [];
  for (let at = from; at + 4 <= to; ) {
    const start = at + 4;
    const end = start + bytes.readUInt16LE(at + 2);
    fields.push({ id: bytes.readUInt16LE(at), start, end });
    at = end;
  }
  return fields;
}

interface EndRecord {
  /** The offset of the first end record. */
  readonly position: number;
  readonly directoryOffset: number;
  readonly directorySize: number;
  readonly entryCount: number;
}

function readEndRecord(source: ByteSource): EndRecord {
  const position = findEndRecord(source);
  const record = source.read(position, endRecordSize);
  if (record.readUInt16LE(4) !== 0) throw notAZip(source, 'it is one part of an archive of several');
  const entryCount = record.readUInt16LE(10);
  if (record.readUInt16LE(8) !== entryCount) throw notAZip(source, 'its end record counts the entries in two ways');
  const small = {
    entryCount,
    directorySize: record.readUInt32LE(12),
    directoryOffset: record.readUInt32LE(16),
  };
  const locator = position >= locatorSize ? source.read(position - locatorSize, locatorSize) : undefined;
  if (locator?.readUInt32LE(0) !== 0x07064b50) return { position, ...small };
  return readLargeEndRecord(source, position, Number(locator.readBigUInt64LE(8)), small);
}

/** The ZIP64 end record (4.3.14), which must be right before its locator and agree with the other end record. */
function readLargeEndRecord(
  source: ByteSource,
  smallPosition: number,
  position: number,
  small: Omit<EndRecord, 'position'>,
): EndRecord {
  const isThere = position + largeEndRecordSize + locatorSize === smallPosition;
  const record = isThere ? source.read(position, largeEndRecordSize) : undefined;
  if (record?.readUInt32LE(0) !== 0x06064b50 || Number(record.readBigUInt64LE(4)) !== largeEndRecordSize - 12) {
    throw notAZip(source, 'its ZIP64 end record is not where its locator says, or carries further data');
  }
  const entryCount = Number(record.readBigUInt64LE(32));
  const directorySize = Number(record.readBigUInt64LE(40));
  const directoryOffset = Number(record.readBigUInt64LE(48));
  const agrees = (stated: number, unknown: number, value: number) => stated === unknown || stated === value;
  const isConsistent =
    Number(record.readBigUInt64LE(24)) === entryCount &&
    agrees(small.entryCount, 0xffff, entryCount) &&
    agrees(small.directorySize, isElsewhere, directorySize) &&
    agrees(small.directoryOffset, isElsewhere, directoryOffset);
  if (!isConsistent) throw notAZip(source, 'its two end records disagree');
  return { position, directorySize, directoryOffset, entryCount };
}

/** The offset of the only end record, whose comment ends with the archive (4.3.16). */
function findEndRecord(source: ByteSource): number {
  const length = Math.min(source.size, endRecordSize + longestComment);
  const start = source.size - length;
  const tail = source.read(start, length);
  const at = tail.lastIndexOf('PK\x05\x06', tail.length - endRecordSize, 'latin1');
  if (at >= 0 && tail.length >= endRecordSize && at + endRecordSize + tail.readUInt16LE(at + 20) === tail.length)
    return start + at;
  const hasEnd = tail.includes('PK\x05\x06', 0, 'latin1');
  if (!hasEnd && source.size > 4 && source.read(0, 4).readUInt32LE(0) === 0x04034b50) {
    throw new ArchivesError(
      'WHEEL_TRUNCATED',
      `${source.label} begins as a zip archive but has no end: it was cut off.`,
      {
        hint: 'Download it again; if that changes nothing, it was published damaged.',
        data: { archive: source.label },
      },
    );
  }
  throw notAZip(source, 'it does not end with the end record of one whole archive');
}

function misplaced(source: ByteSource): ArchivesError {
  return notAZip(source, 'its directory is not where the end record says, or there are bytes before or after it');
}

function unnamed(source: ByteSource): ArchivesError {
  return new ArchivesError('WHEEL_UNSAFE_PATH', `${source.label} has an entry without a name.`, {
    data: { archive: source.label, entry: '' },
  });
}

/** A refusal on the grounds of the archive's own structure. */
export function notAZip(source: ByteSource, why: string, cause?: unknown): ArchivesError {
  return new ArchivesError('WHEEL_NOT_A_ZIP', `${source.label} is not a well-formed zip archive: ${why}.`, {
    cause,
    data: { archive: source.label },
  });
}
