// The description of a zip entry beside its data: the local header before it and, where the archive was written as a
// stream, the data descriptor after it. Both must agree with the central directory (APPNOTE 4.3.7 and 4.3.9).
import type { ByteSource } from './byte-source.ts';
import { nameOf, notAZip, type ZipMember } from './zip-directory.ts';

const localHeaderSize = 30;

/** The length of the local header in bytes. Throws WHEEL_NOT_A_ZIP where it says something else than `member`. */
export function checkLocalHeader(source: ByteSource, member: ZipMember, name: string): number {
  const length = localHeaderSize + member.nameEnd - member.nameStart;
  const header = source.whole ?? source.read(member.offset, length);
  const at = source.whole === undefined ? 0 : member.offset;
  const isThere = at + length <= header.length && header.readUInt32LE(at) === 0x04034b50;
  if (!isThere) throw notAZip(source, `no entry starts where its directory puts ${JSON.stringify(name)}`);
  const nameLength = header.readUInt16LE(at + 26);
  const extraLength = header.readUInt16LE(at + 28);
  const crc = header.readUInt32LE(at + 14);
  let compressedSize = header.readUInt32LE(at + 18);
  let size = header.readUInt32LE(at + 22);
  if (compressedSize === 0xffffffff || size === 0xffffffff) {
    const extra = source.read(member.offset + localHeaderSize + nameLength, extraLength);
    ({ compressedSize, size } = readLargeSizes(extra, { compressedSize, size }));
  }
  // A stream does not know them yet and writes 0 (4.4.4, bit 3).
  const mayBeUnknown = (member.flags & 0x8) !== 0;
  const fits = (found: number, stated: number) => found === stated || (mayBeUnknown && found === 0);
  const agrees =
    (header.readUInt16LE(at + 6) | 0x800) === (member.flags | 0x800) &&
    header.readUInt16LE(at + 8) === member.method &&
    fits(crc, member.crc) &&
    fits(compressedSize, member.compressedSize) &&
    fits(size, member.size) &&
    nameLength === member.nameEnd - member.nameStart &&
    isSameName(header, at + localHeaderSize, member);
  if (!agrees) throw notAZip(source, `the entry ${JSON.stringify(name)} is described in two different ways`);
  return localHeaderSize + nameLength + extraLength;
}

/** Whether the name at `at` is that of the directory. A loop: names are short, and there are thousands. */
function isSameName(header: Uint8Array, at: number, { directory, nameStart, nameEnd }: ZipMember): boolean {
  for (let index = nameStart; index < nameEnd; index += 1)
    if (header[at + index - nameStart] !== directory[index]) return false;
  return true;
}

// In a local header both sizes are in the ZIP64 field, the uncompressed one first (4.5.3).
function readLargeSizes(extra: Buffer, sizes: { compressedSize: number; size: number }) {
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 0x0001 || extra.readUInt16LE(at + 2) < 16 || at + 20 > extra.length) continue;
    return { size: Number(extra.readBigUInt64LE(at + 4)), compressedSize: Number(extra.readBigUInt64LE(at + 12)) };
  }
  return sizes;
}

/**
 * The length of the data descriptor between `position` and `end`, where the next entry or the directory starts. It may
 * have a signature, and sizes of four or of eight bytes. Throws WHEEL_NOT_A_ZIP where none of these forms fills the
 * space with what `member` says.
 */
export function dataDescriptorLength(source: ByteSource, member: ZipMember, position: number, end: number): number {
  const length = end - position;
  const descriptor = length >= 12 && length <= 24 ? source.read(position, length) : Buffer.alloc(0);
  for (const signature of [4, 0]) {
    for (const width of [4, 8]) {
      if (descriptor.length !== signature + 4 + 2 * width) continue;
      if (signature === 4 && descriptor.readUInt32LE(0) !== 0x08074b50) continue;
      const read = (at: number) => (width === 4 ? descriptor.readUInt32LE(at) : Number(descriptor.readBigUInt64LE(at)));
      const sizes = signature + 4;
      const agrees =
        descriptor.readUInt32LE(signature) === member.crc &&
        read(sizes) === member.compressedSize &&
        read(sizes + width) === member.size;
      if (agrees) return length;
    }
  }
  const name = JSON.stringify(nameOf(member));
  throw notAZip(source, `the sizes after the data of the entry ${name} are missing or differ from its directory`);
}
