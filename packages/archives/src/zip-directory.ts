// Reads the central directory of a zip archive with yauzl, from a synchronous source: no promise and no read per entry.
// What yauzl leaves open (where the directory ends, what the end record claims) is checked here.
import { type Entry, fromRandomAccessReader, RandomAccessReader, type ZipFile } from 'yauzl';
import { ArchivesError } from './archives-error.ts';
import type { ByteSource } from './byte-source.ts';

/** An entry as the central directory describes it. */
export interface ZipMember {
  readonly rawName: Buffer;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly compressedSize: number;
  readonly size: number;
  /** The offset of the local header. */
  readonly offset: number;
  /** The Unix mode with its file type; 0 where the archive was made elsewhere. */
  readonly mode: number;
  readonly extraFields: readonly { readonly id: number; readonly data: Buffer }[];
}

export interface ZipDirectory {
  readonly members: readonly ZipMember[];
  /** Where the entries end and the directory starts. */
  readonly offset: number;
}

export function readZipDirectory(source: ByteSource): ZipDirectory {
  const zip = openZip(source);
  const end = readEndRecord(source, zip);
  const members: ZipMember[] = [];
  let length = 0;
  let failure: Error | undefined;
  let found: Entry | undefined;
  zip.on('entry', (entry: Entry) => {
    found = entry;
  });
  zip.on('error', (error: Error) => {
    failure = error;
  });
  while (members.length < zip.entryCount) {
    found = undefined;
    zip.readEntry();
    const entry = found as Entry | undefined;
    if (failure !== undefined) throw notAZip(source, `its directory cannot be read (${failure.message})`, failure);
    // yauzl answers at once, but for an entry whose name, extra fields and comment are all empty.
    if (entry === undefined) throw unnamed(source);
    length += 46 + entry.fileNameLength + entry.extraFieldLength + entry.fileCommentLength;
    members.push(toMember(source, entry));
  }
  if (length !== end.directorySize || end.directoryOffset + length !== end.position) {
    throw notAZip(source, 'its directory is not where the end record says, or there are bytes before or after it');
  }
  return { members, offset: end.directoryOffset };
}

function openZip(source: ByteSource): ZipFile {
  let failure: Error | null = null;
  let zip: ZipFile | undefined;
  const options = { lazyEntries: true, decodeStrings: false, autoClose: false };
  fromRandomAccessReader(new SourceReader(source), source.size, options, (error, opened) => {
    failure = error;
    zip = opened;
  });
  if (zip !== undefined && failure === null) return zip;
  if (source.size > 4 && source.read(0, 4).readUInt32LE(0) === 0x04034b50 && !hasEndRecord(source)) {
    const hint = 'Download it again; if that changes nothing, it was published damaged.';
    throw new ArchivesError(
      'WHEEL_TRUNCATED',
      `${source.label} begins as a zip archive but has no end: it was cut off.`,
      {
        hint,
        data: { archive: source.label },
      },
    );
  }
  throw notAZip(source, 'it does not end with the end record of one whole archive', failure ?? undefined);
}

interface EndRecord {
  /** The offset of the first end record. */
  readonly position: number;
  readonly directoryOffset: number;
  readonly directorySize: number;
}

function readEndRecord(source: ByteSource, zip: ZipFile): EndRecord {
  const position = source.size - 22 - zip.comment.length;
  const record = source.read(position, 22);
  const locator = position >= 20 ? source.read(position - 20, 20) : Buffer.alloc(20);
  const isZip64 = locator.readUInt32LE(0) === 0x07064b50;
  const counts = [record.readUInt16LE(8), record.readUInt16LE(10)];
  if (counts[0] !== counts[1]) throw notAZip(source, 'its end record counts the entries in two ways');
  if (!isZip64) {
    return { position, directorySize: record.readUInt32LE(12), directoryOffset: record.readUInt32LE(16) };
  }
  const start = Number(locator.readBigUInt64LE(8));
  const large = source.read(start, 56);
  if (start + 76 !== position || Number(large.readBigUInt64LE(4)) !== 44) {
    throw notAZip(source, 'its ZIP64 end record is not where its locator says, or carries further data');
  }
  const directorySize = Number(large.readBigUInt64LE(40));
  const directoryOffset = Number(large.readBigUInt64LE(48));
  const agrees = (small: number, size: 2 | 4, value: number) =>
    small === (size === 2 ? 0xffff : 0xffffffff) || small === value;
  const consistent =
    agrees(counts[1]!, 2, Number(large.readBigUInt64LE(32))) &&
    agrees(record.readUInt32LE(12), 4, directorySize) &&
    agrees(record.readUInt32LE(16), 4, directoryOffset);
  if (!consistent) throw notAZip(source, 'its two end records disagree');
  return { position: start, directorySize, directoryOffset };
}

function toMember(source: ByteSource, entry: Entry): ZipMember {
  const madeOnUnix = entry.versionMadeBy >>> 8 === 3;
  if (entry.fileNameLength === 0) throw unnamed(source);
  return {
    rawName: entry.fileNameRaw,
    flags: entry.generalPurposeBitFlag,
    method: entry.compressionMethod,
    crc: entry.crc32,
    compressedSize: entry.compressedSize,
    size: entry.uncompressedSize,
    offset: entry.relativeOffsetOfLocalHeader,
    mode: madeOnUnix ? entry.externalFileAttributes >>> 16 : 0,
    extraFields: entry.extraFields,
  };
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

function hasEndRecord(source: ByteSource): boolean {
  const length = Math.min(source.size, 22 + 0xffff);
  return source.read(source.size - length, length).includes('PK\x05\x06', 0, 'latin1');
}

// yauzl asks for bytes and is answered before `read` returns.
class SourceReader extends RandomAccessReader {
  readonly #source: ByteSource;

  constructor(source: ByteSource) {
    super();
    this.#source = source;
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null, bytesRead?: number) => void,
  ): void {
    if (position < 0 || position + length > this.#source.size) {
      callback(new Error('unexpected end of the file'));
    } else {
      this.#source.read(position, length).copy(buffer, offset);
      callback(null, length);
    }
  }
}
