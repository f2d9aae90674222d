// git's index, read and changed in place (gitformat-index, versions 2 to 4): which paths are tracked, and for each the
// times and sizes by which git tells a changed file from an unchanged one.
import { createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';

/** One tracked path. */
export interface GitIndexEntry {
  readonly path: string;
  /** Whether it is a file or a link: neither a submodule nor a side of a conflict nor left out of the work tree. */
  readonly isPlain: boolean;
  readonly objectId: Buffer;
  /** Where it begins in the index. */
  readonly offset: number;
}

/** An index as bytes, which the methods change. */
export interface GitIndex {
  readonly entries: readonly GitIndexEntry[];
  /** Whether a file with these stats is unchanged for sure; where not, only its content tells. */
  matches(entry: GitIndexEntry, stats: BigIntStats): boolean;
  /** Makes git take a file with these stats for unchanged. */
  setStats(entry: GitIndexEntry, stats: BigIntStats): void;
  /** Makes git take the path for unchanged, whatever is there. */
  assumeUnchanged(entry: GitIndexEntry): void;
  /** The bytes of the changed index. */
  finish(): Buffer;
}

const headerSize = 12;
const statSize = 40;
/** Kept: the cached trees and the undone conflicts. The others cache what is true of the original place only. */
const keptExtensions = ['TREE', 'REUC'];
const assumeValid = 0x8000;
const extended = 0x4000;
const stageMask = 0x3000;
const skipWorktree = 0x4000;

/**
 * Reads an index whose file changed last at `mtimeNs`. Undefined where it is split or sparse, or of a version not known.
 */
export function parseGitIndex(bytes: Buffer, mtimeNs: bigint, algorithm: 'sha1' | 'sha256'): GitIndex | undefined {
  const hashSize = algorithm === 'sha1' ? 20 : 32;
  const version = bytes.length < headerSize + hashSize ? 0 : bytes.readUInt32BE(4);
  if (bytes.toString('latin1', 0, 4) !== 'DIRC' || version < 2 || version > 4) return undefined;
  const entries: GitIndexEntry[] = [];
  let offset = headerSize;
  let previous = Buffer.alloc(0);
  for (let count = bytes.readUInt32BE(8); count > 0; count -= 1) {
    const flags = bytes.readUInt16BE(offset + statSize + hashSize);
    const isExtended = (flags & extended) !== 0;
    const more = isExtended ? bytes.readUInt16BE(offset + statSize + hashSize + 2) : 0;
    let nameStart = offset + statSize + hashSize + (isExtended ? 4 : 2);
    let shared = 0;
    if (version === 4) {
      const removed = readVarint(bytes, nameStart);
      shared = previous.length - removed.value;
      nameStart = removed.next;
    }
    const nameEnd = bytes.indexOf(0, nameStart);
    previous = Buffer.concat([previous.subarray(0, shared), bytes.subarray(nameStart, nameEnd)]);
    const kind = (bytes.readUInt32BE(offset + 24) >> 12) & 0xf;
    entries.push({
      path: previous.toString('utf8'),
      isPlain: (flags & stageMask) === 0 && (more & skipWorktree) === 0 && (kind === 0o10 || kind === 0o12),
      objectId: bytes.subarray(offset + statSize, offset + statSize + hashSize),
      offset,
    });
    // Up to version 3 an entry is padded with one to eight zeros to a multiple of eight bytes.
    offset = version === 4 ? nameEnd + 1 : offset + ((nameEnd - offset + 8) & ~7);
  }
  const end = offset;
  const extensions = readExtensions(bytes, end, bytes.length - hashSize);
  if (extensions === undefined) return undefined;
  const changed = Buffer.from(bytes.subarray(0, end));
  return {
    entries,
    matches: (entry, stats) => matches(bytes, entry.offset, stats, mtimeNs),
    setStats: (entry, stats) => writeStats(changed, entry.offset, stats),
    assumeUnchanged({ offset: at }) {
      const flagsAt = at + statSize + hashSize;
      changed.writeUInt16BE(changed.readUInt16BE(flagsAt) | assumeValid, flagsAt);
    },
    finish() {
      const content = Buffer.concat([changed, ...extensions]);
      return Buffer.concat([content, createHash(algorithm).update(content).digest()]);
    },
  };
}

function readExtensions(bytes: Buffer, start: number, end: number): Buffer[] | undefined {
  const kept: Buffer[] = [];
  for (let offset = start; offset + 8 <= end; ) {
    const name = bytes.toString('latin1', offset, offset + 4);
    // An extension in lower case must be understood: the index is split, or sparse.
    if (/^[a-z]/.test(name)) return undefined;
    const next = offset + 8 + bytes.readUInt32BE(offset + 4);
    if (keptExtensions.includes(name)) kept.push(bytes.subarray(offset, next));
    offset = next;
  }
  return kept;
}

function matches(bytes: Buffer, at: number, stats: BigIntStats, indexMtimeNs: bigint): boolean {
  const time = (field: number) =>
    BigInt(bytes.readUInt32BE(at + field)) * 1_000_000_000n + BigInt(bytes.readUInt32BE(at + field + 4));
  // A file as young as the index may have changed within the same tick: it has to be read.
  if (time(8) >= indexMtimeNs) return false;
  const mode = bytes.readUInt32BE(at + 24);
  const expectedMode = stats.isSymbolicLink() ? 0o120000 : (stats.mode & 0o100n) !== 0n ? 0o100755 : 0o100644;
  return (
    mode === expectedMode &&
    stats.ctimeNs === time(0) &&
    stats.mtimeNs === time(8) &&
    low(stats.ino) === bytes.readUInt32BE(at + 20) &&
    low(stats.size) === bytes.readUInt32BE(at + 36)
  );
}

function writeStats(bytes: Buffer, at: number, stats: BigIntStats): void {
  const values = [
    [0, stats.ctimeNs / 1_000_000_000n],
    [4, stats.ctimeNs % 1_000_000_000n],
    [8, stats.mtimeNs / 1_000_000_000n],
    [12, stats.mtimeNs % 1_000_000_000n],
    [16, stats.dev],
    [20, stats.ino],
    [28, stats.uid],
    [32, stats.gid],
    [36, stats.size],
  ] as const;
  for (const [field, value] of values) bytes.writeUInt32BE(low(value), at + field);
}

function low(value: bigint): number {
  return Number(value & 0xffff_ffffn);
}

/** The number of bytes to take off the former path, in the encoding of pack files. */
function readVarint(bytes: Buffer, start: number): { value: number; next: number } {
  let byte = bytes[start]!;
  let value = byte & 0x7f;
  let next = start + 1;
  while ((byte & 0x80) !== 0) {
    byte = bytes[next]!;
    next += 1;
    value = (value + 1) * 128 + (byte & 0x7f);
  }
  return { value, next };
}
