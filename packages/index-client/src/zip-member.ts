// One member of a zip archive read through ranges: the end record and central directory from the archive's tail, then the
// member alone. It trusts no number it reads; the archives package checks the whole file before anything is installed.
import { inflateRawSync } from 'node:zlib';

/** Bytes that can be read from any place; `read` gives fewer only at the end. */
export interface ByteSource {
  readonly size: number;
  read(start: number, length: number): Promise<Buffer>;
  /** The bytes at the end that are here already, and where they begin; undefined where reading costs nothing. */
  tail?(): { readonly start: number; readonly bytes: Buffer };
}

export class ZipError extends Error {}

const tailLength = 22 + 0xffff;
const memberLimit = 64 * 1024 * 1024;
const directoryLimit = 256 * 1024 * 1024;

/** A member with where it begins: the next archive of the same project probably has it at the same distance from its end. */
export interface ZipMember {
  readonly data: Buffer;
  readonly offset: number;
}

/** The only member whose name `matches`; throws ZipError when there is none, or more than one. */
export async function readZipMember(source: ByteSource, matches: (name: string) => boolean): Promise<ZipMember> {
  const entry = await findEntry(source, matches);
  const { method, compressed, uncompressed, offset } = entry;
  if (compressed > memberLimit || uncompressed > memberLimit) throw new ZipError(`${entry.name} is too large`);
  // The local header repeats the name and may have an extra field of another length than the directory's.
  const guess = Math.min(30 + entry.nameLength + 256 + compressed, source.size - offset);
  let bytes = await exactly(source, offset, guess);
  if (bytes.length < 30 || bytes.readUInt32LE(0) !== 0x04034b50) throw new ZipError('no local header');
  const start = 30 + bytes.readUInt16LE(26) + bytes.readUInt16LE(28);
  if (bytes.length < start + compressed) bytes = await exactly(source, offset, start + compressed);
  const data = bytes.subarray(start, start + compressed);
  if (method === 0) return { data, offset };
  if (method !== 8) throw new ZipError(`${entry.name} is compressed by method ${method}`);
  try {
    return { data: inflateRawSync(data, { maxOutputLength: Math.max(uncompressed, 1) }), offset };
  } catch (error) {
    throw new ZipError(`${entry.name} cannot be inflated`, { cause: error });
  }
}

/** The entry in what is here of the directory, else in the whole directory: wheels end with their `.dist-info`. */
async function findEntry(source: ByteSource, matches: (name: string) => boolean): Promise<DirectoryEntry> {
  const { offset, length } = await findDirectory(source);
  const here = source.tail?.();
  if (here !== undefined && here.start > offset) {
    const known = lastEntries(here.bytes.subarray(0, offset + length - here.start)).filter(({ name }) => matches(name));
    if (known.length === 1) return known[0]!;
  }
  const found = [...directoryEntries(await exactly(source, offset, length))].filter(({ name }) => matches(name));
  if (found.length !== 1) throw new ZipError(`${found.length} members match`);
  return found[0]!;
}

/** The entries at the end of a directory that is cut at its front: those from which a chain leads exactly to its end. */
function lastEntries(cut: Buffer): DirectoryEntry[] {
  for (let at = cut.indexOf('PK\x01\x02', 0, 'latin1'); at !== -1; at = cut.indexOf('PK\x01\x02', at + 1, 'latin1')) {
    try {
      const entries = [...directoryEntries(cut.subarray(at))];
      const last = entries.at(-1);
      if (last !== undefined && last.end === cut.length - at) return entries;
    } catch (error) {
      if (!(error instanceof ZipError)) throw error; // no entry begins here: the signature stands inside a name
    }
  }
  return [];
}

async function findDirectory(source: ByteSource): Promise<{ offset: number; length: number }> {
  // Most archives end without a comment: a short tail holds the record, and often the whole directory.
  const here = source.tail?.().bytes.length ?? 16 * 1024;
  for (const length of [here, tailLength]) {
    const start = Math.max(0, source.size - length);
    const tail = await exactly(source, start, source.size - start);
    for (let at = tail.length - 22; at >= 0; at -= 1) {
      if (tail.readUInt32LE(at) !== 0x06054b50 || at + 22 + tail.readUInt16LE(at + 20) !== tail.length) continue;
      const found = { offset: tail.readUInt32LE(at + 16), length: tail.readUInt32LE(at + 12) };
      if (found.offset !== 0xffffffff && found.length !== 0xffffffff) return checked(found, source);
      return checked(await findDirectory64(source, start + at), source);
    }
    if (start === 0) break;
  }
  throw new ZipError('no end record');
}

async function findDirectory64(source: ByteSource, end: number): Promise<{ offset: number; length: number }> {
  const locator = await exactly(source, Math.max(0, end - 20), 20);
  if (locator.readUInt32LE(0) !== 0x07064b50) throw new ZipError('no zip64 locator');
  const record = await exactly(source, Number(locator.readBigUInt64LE(8)), 56);
  if (record.readUInt32LE(0) !== 0x06064b50) throw new ZipError('no zip64 record');
  return { offset: Number(record.readBigUInt64LE(48)), length: Number(record.readBigUInt64LE(40)) };
}

function checked(found: { offset: number; length: number }, source: ByteSource) {
  if (found.length > directoryLimit || found.offset + found.length > source.size) throw new ZipError('bad directory');
  return found;
}

interface DirectoryEntry {
  readonly name: string;
  readonly nameLength: number;
  readonly method: number;
  readonly compressed: number;
  readonly uncompressed: number;
  readonly offset: number;
  /** Where the entry ends in the directory. */
  readonly end: number;
}

function* directoryEntries(directory: Buffer): Generator<DirectoryEntry> {
  for (let at = 0; at + 46 <= directory.length; ) {
    if (directory.readUInt32LE(at) !== 0x02014b50) throw new ZipError('bad directory entry');
    const nameLength = directory.readUInt16LE(at + 28);
    const end = at + 46 + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
    const name = directory.toString('utf8', at + 46, at + 46 + nameLength);
    yield {
      name,
      nameLength,
      method: directory.readUInt16LE(at + 10),
      compressed: directory.readUInt32LE(at + 20),
      uncompressed: directory.readUInt32LE(at + 24),
      offset: directory.readUInt32LE(at + 42),
      end,
    };
    at = end;
  }
}

async function exactly(source: ByteSource, start: number, length: number): Promise<Buffer> {
  if (start < 0 || length < 0 || start + length > source.size) throw new ZipError('range outside of the archive');
  const bytes = await source.read(start, length);
  if (bytes.length !== length) throw new ZipError('range is short');
  return bytes;
}
