// The rules about a zip archive as a whole: read by its central directory or from its first byte to its last, it has
// to hold the same entries, each of a kind that we can unpack, and not a byte besides. No content is read here.
import { ArchivesError, type ArchivesErrorCode } from './archives-error.ts';
import type { ByteSource } from './byte-source.ts';
import { checkEntryName, decodeEntryName } from './entry-name.ts';
import { notAZip, readZipDirectory, type ZipMember } from './zip-directory.ts';

/** An entry whose two descriptions agree. */
export interface ZipFileEntry {
  /** Safe, relative, '/' between components, no slash at the end. */
  readonly path: string;
  readonly directory: boolean;
  readonly executable: boolean;
  readonly size: number;
  readonly compressedSize: number;
  readonly crc: number;
  readonly deflated: boolean;
  /** Where its data starts. */
  readonly dataOffset: number;
}

const localHeaderSize = 30;
// Deflate cannot do better than 1032:1, so a header that claims more lies.
const bestRatio = 1032;

/** All entries, in the order of the archive. Throws WHEEL_… on the first broken rule. */
export function readZipEntries(source: ByteSource): readonly ZipFileEntry[] {
  const directory = readZipDirectory(source);
  const inOrder = directory.members.every(
    (member, at) => at === 0 || directory.members[at - 1]!.offset < member.offset,
  );
  const members = inOrder ? directory.members : [...directory.members].sort((a, b) => a.offset - b.offset);
  const entries: ZipFileEntry[] = [];
  let position = 0;
  for (const member of members) {
    const entry = toEntry(source, member, position);
    position = entry.dataOffset + entry.compressedSize;
    entries.push(entry);
  }
  if (position !== directory.offset) throw notAZip(source, 'bytes that belong to no entry lie before its directory');
  checkNames(source, entries);
  return entries;
}

function toEntry(source: ByteSource, member: ZipMember, position: number): ZipFileEntry {
  const name = decodeEntryName(member.rawName, member.flags, source.label);
  const directory = name.endsWith('/');
  const path = directory ? name.slice(0, -1) : name;
  checkEntryName(path, source.label);
  checkExtraFields(source, member, name);
  checkKind(source, member, name, directory);
  if (member.offset !== position) {
    throw notAZip(
      source,
      `the entry ${JSON.stringify(name)} overlaps another, or bytes that belong to none lie before it`,
    );
  }
  const { compressedSize, size, crc } = member;
  if (size > compressedSize * bestRatio + 64) {
    throw notAZip(source, `the entry ${JSON.stringify(name)} claims to unpack to more than it can hold`);
  }
  const dataOffset = position + checkLocalHeader(source, member, name);
  const executable = !directory && (member.mode & 0o111) !== 0;
  return { path, directory, executable, size, compressedSize, crc, deflated: member.method === 8, dataOffset };
}

function checkKind(source: ByteSource, member: ZipMember, name: string, directory: boolean): void {
  const type = member.mode & 0o170000;
  if (type === 0o120000) throw refusal(source, 'WHEEL_SYMLINK', name, 'is a symbolic link, which wheels cannot hold');
  const expected = directory ? 0o040000 : 0o100000;
  if (type !== 0 && type !== expected) {
    throw refusal(source, 'WHEEL_SYMLINK', name, 'is neither a regular file nor a directory');
  }
  if ((member.flags & 0x2041) !== 0) throw refusal(source, 'WHEEL_UNSUPPORTED', name, 'is encrypted');
  if ((member.flags & 0x8) !== 0) {
    throw refusal(source, 'WHEEL_UNSUPPORTED', name, 'has its sizes after its data instead of before it');
  }
  if (member.method !== 0 && member.method !== 8) {
    throw refusal(source, 'WHEEL_UNSUPPORTED', name, `is compressed by method ${member.method}, which is not deflate`);
  }
  if (member.method === 0 && member.size !== member.compressedSize) {
    throw notAZip(source, `the stored entry ${JSON.stringify(name)} has two sizes`);
  }
  if (directory && member.size !== 0) throw notAZip(source, `the directory ${JSON.stringify(name)} has content`);
}

function checkExtraFields(source: ByteSource, member: ZipMember, name: string): void {
  let large = 0;
  for (const { id, data } of member.extraFields) {
    if (id === 0x0001) large += 1;
    // Info-ZIP's second name: readers that know it would write another file than those that do not.
    if (id === 0x7075 && !data.subarray(5).equals(member.rawName)) {
      throw refusal(source, 'WHEEL_UNSAFE_PATH', name, 'has a second, different name in an extra field');
    }
  }
  if (large > 1) throw notAZip(source, `the entry ${JSON.stringify(name)} has two ZIP64 extra fields`);
}

// Gives the length of the local header.
function checkLocalHeader(source: ByteSource, member: ZipMember, name: string): number {
  const header = source.read(member.offset, localHeaderSize + member.rawName.length);
  const expected = header.length === localHeaderSize + member.rawName.length && header.readUInt32LE(0) === 0x04034b50;
  if (!expected) throw notAZip(source, `no entry lies where its directory puts ${JSON.stringify(name)}`);
  const nameLength = header.readUInt16LE(26);
  const extraLength = header.readUInt16LE(28);
  let compressedSize = header.readUInt32LE(18);
  let size = header.readUInt32LE(22);
  if (compressedSize === 0xffffffff || size === 0xffffffff) {
    const extra = source.read(member.offset + localHeaderSize + nameLength, extraLength);
    ({ compressedSize, size } = readLargeSizes(extra, { compressedSize, size }));
  }
  const agrees =
    (header.readUInt16LE(6) | 0x800) === (member.flags | 0x800) &&
    header.readUInt16LE(8) === member.method &&
    header.readUInt32LE(14) === member.crc &&
    compressedSize === member.compressedSize &&
    size === member.size &&
    nameLength === member.rawName.length &&
    header.subarray(localHeaderSize).equals(member.rawName);
  if (!agrees) throw notAZip(source, `the entry ${JSON.stringify(name)} is described in two different ways`);
  return localHeaderSize + nameLength + extraLength;
}

// In a local header both sizes are in the ZIP64 field, the uncompressed one first.
function readLargeSizes(extra: Buffer, sizes: { compressedSize: number; size: number }) {
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 0x0001 || extra.readUInt16LE(at + 2) < 16 || at + 20 > extra.length) continue;
    return { size: Number(extra.readBigUInt64LE(at + 4)), compressedSize: Number(extra.readBigUInt64LE(at + 12)) };
  }
  return sizes;
}

function checkNames(source: ByteSource, entries: readonly ZipFileEntry[]): void {
  const files = new Set<string>();
  const directories = new Set<string>();
  for (const { path, directory } of entries) {
    const seen = directory ? directories : files;
    if (seen.has(path)) throw refusal(source, 'WHEEL_DUPLICATE_NAME', path, 'is there twice');
    seen.add(path);
  }
  for (const { path, directory } of entries) {
    if (directory && files.has(path)) throw bothKinds(source, path);
    for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
      const parent = path.slice(0, slash);
      if (files.has(parent)) throw bothKinds(source, parent);
    }
  }
}

function bothKinds(source: ByteSource, path: string): ArchivesError {
  return refusal(source, 'WHEEL_DUPLICATE_NAME', path, 'is there as a file and as a directory');
}

function refusal(source: ByteSource, code: ArchivesErrorCode, entry: string, fault: string): ArchivesError {
  return new ArchivesError(code, `${source.label} cannot be unpacked: the entry ${JSON.stringify(entry)} ${fault}.`, {
    data: { archive: source.label, entry },
  });
}
