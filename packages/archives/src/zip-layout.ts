// The rules about a zip archive as a whole. Read by its central directory or from its first byte to its last, it holds
// the same entries, each of a kind that this package unpacks, and not a byte besides. Content is read only where two
// entries have one name.
import { ArchivesError, type ArchivesErrorCode } from './archives-error.ts';
import type { ByteSource } from './byte-source.ts';
import { checkEntryName, cleanEntryName, decodeEntryName, plainEntryName } from './entry-name.ts';
import { checkLocalHeader, dataDescriptorLength } from './local-header.ts';
import type { Oddities } from './oddities.ts';
import { readContent } from './zip-content.ts';
import { extraFields, notAZip, readZipDirectory, type ZipMember } from './zip-directory.ts';
import type { ZipFileEntry } from './zip-entry.ts';

// Deflate cannot do better than 1032:1, so a header that claims more is false.
const bestRatio = 1032;

/**
 * All entries, in the order of the archive, each file once. Throws WHEEL_… on the first rule that is broken.
 */
export function readZipEntries(source: ByteSource, oddities: Oddities): readonly ZipFileEntry[] {
  const directory = readZipDirectory(source);
  const inOrder = directory.members.every(
    (member, at) => at === 0 || directory.members[at - 1]!.offset < member.offset,
  );
  const members = inOrder ? directory.members : [...directory.members].sort((a, b) => a.offset - b.offset);
  const entries: ZipFileEntry[] = [];
  const unclean: string[] = [];
  let position = acceptPrefix(source, members[0]?.offset ?? 0, oddities);
  for (const [at, member] of members.entries()) {
    const end = members[at + 1]?.offset ?? directory.offset;
    const entry = toEntry(source, member, position, unclean);
    position = entry.dataOffset + entry.compressedSize;
    if (hasDescriptor(member)) position += dataDescriptorLength(source, member, position, end);
    if (entry.path !== '') entries.push(entry);
  }
  if (position !== directory.offset) throw notAZip(source, 'bytes that belong to no entry are before its directory');
  oddities.acceptAll(unclean, (names) => `has an empty or '.' component in the path of ${names}`);
  return uniqueEntries(source, entries, oddities);
}

// A script before the first entry, as of an archive that extracts itself. One that could hold entries is refused:
// readers that start at the first byte would see them.
function acceptPrefix(source: ByteSource, length: number, oddities: Oddities): number {
  if (length === 0) return 0;
  const isText = length <= longestPrefix && !source.read(0, length).includes('PK', 0, 'latin1');
  if (!isText) throw notAZip(source, 'bytes that belong to no entry are before its first entry');
  oddities.accept('has bytes that belong to no entry before its first entry');
  return length;
}

const longestPrefix = 64 * 1024;

function toEntry(source: ByteSource, member: ZipMember, position: number, unclean: string[]): ZipFileEntry {
  const plain = plainEntryName(member.directory, member.nameStart, member.nameEnd);
  const name = plain ?? decodeEntryName(rawName(member), member.flags, source.label);
  const directory = name.endsWith('/');
  let path = directory ? name.slice(0, -1) : name;
  if (plain === undefined) {
    path = cleanEntryName(path);
    if (path.length !== name.length - (directory ? 1 : 0)) unclean.push(name);
    const isRoot = path === '' && directory && !name.startsWith('/');
    if (!isRoot) checkEntryName(path === '' ? name : path, source.label);
  }
  checkExtraFields(source, member, name);
  checkKind(source, member, name, directory);
  if (member.offset !== position) {
    throw notAZip(
      source,
      `the entry ${JSON.stringify(name)} overlaps another, or bytes that belong to none are before it`,
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

/** The sizes and the CRC of such an entry are also after its data (APPNOTE 4.3.9). */
function hasDescriptor(member: ZipMember): boolean {
  return (member.flags & 0x8) !== 0;
}

function checkKind(source: ByteSource, member: ZipMember, name: string, directory: boolean): void {
  const type = member.mode & 0o170000;
  if (type === 0o120000) throw refusal(source, 'WHEEL_SYMLINK', name, 'is a symbolic link, which wheels cannot hold');
  // A name that ends with a slash is a directory whatever its mode says: some writers give every entry the mode of a file.
  const isUsual = type === 0 || type === 0o100000 || (directory && type === 0o040000);
  if (!isUsual) {
    throw refusal(source, 'WHEEL_SYMLINK', name, 'is neither a regular file nor a directory');
  }
  if ((member.flags & 0x2041) !== 0) throw refusal(source, 'WHEEL_UNSUPPORTED', name, 'is encrypted');
  if (member.method !== 0 && member.method !== 8) {
    throw refusal(source, 'WHEEL_UNSUPPORTED', name, `is compressed by method ${member.method}, which is not deflate`);
  }
  if (member.method === 0 && member.size !== member.compressedSize) {
    throw notAZip(source, `the stored entry ${JSON.stringify(name)} has two sizes`);
  }
  if (directory && member.size !== 0) throw notAZip(source, `the directory ${JSON.stringify(name)} has content`);
}

function checkExtraFields(source: ByteSource, member: ZipMember, name: string): void {
  if (member.extraEnd === member.nameEnd) return;
  let large = 0;
  for (const { id, start, end } of extraFields(member.directory, member.nameEnd, member.extraEnd)) {
    if (end > member.extraEnd)
      throw notAZip(source, `the entry ${JSON.stringify(name)} has an extra field that is cut off`);
    if (id === 0x0001) large += 1;
    // Info-ZIP's second name: readers that know it would write another file than those that do not.
    if (id === 0x7075 && !member.directory.subarray(start + 5, end).equals(rawName(member))) {
      throw refusal(source, 'WHEEL_UNSAFE_PATH', name, 'has a second, different name in an extra field');
    }
  }
  if (large > 1) throw notAZip(source, `the entry ${JSON.stringify(name)} has two ZIP64 extra fields`);
}

function rawName({ directory, nameStart, nameEnd }: ZipMember): Buffer {
  return directory.subarray(nameStart, nameEnd);
}

// A directory may be there twice. A file may, with the same content: the later one is left out.
function uniqueEntries(
  source: ByteSource,
  entries: readonly ZipFileEntry[],
  oddities: Oddities,
): readonly ZipFileEntry[] {
  const files = new Map<string, ZipFileEntry>();
  const again = new Set<ZipFileEntry>();
  for (const entry of entries) {
    if (entry.directory) continue;
    const first = files.get(entry.path);
    if (first === undefined) files.set(entry.path, entry);
    else if (isSameFile(source, first, entry)) again.add(entry);
    else throw refusal(source, 'WHEEL_DUPLICATE_NAME', entry.path, 'is there twice with different content');
  }
  const parents = new Set<string>();
  for (const { path, directory } of entries) {
    if (directory && files.has(path)) throw bothKinds(source, path);
    for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
      const parent = path.slice(0, slash);
      if (parents.has(parent)) break;
      parents.add(parent);
      if (files.has(parent)) throw bothKinds(source, parent);
    }
  }
  if (again.size === 0) return entries;
  const paths = [...again].map(({ path }) => path);
  oddities.acceptAll(paths, (listed) => `has more than one entry for ${listed}`);
  return entries.filter((entry) => !again.has(entry));
}

function isSameFile(source: ByteSource, a: ZipFileEntry, b: ZipFileEntry): boolean {
  if (a.size !== b.size || a.crc !== b.crc || a.executable !== b.executable) return false;
  return readContent(source, a).equals(readContent(source, b));
}

function bothKinds(source: ByteSource, path: string): ArchivesError {
  return refusal(source, 'WHEEL_DUPLICATE_NAME', path, 'is there as a file and as a directory');
}

function refusal(source: ByteSource, code: ArchivesErrorCode, entry: string, fault: string): ArchivesError {
  return new ArchivesError(code, `${source.label} cannot be unpacked: the entry ${JSON.stringify(entry)} ${fault}.`, {
    data: { archive: source.label, entry },
  });
}
