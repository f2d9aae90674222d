// The identity of a directory entry, enough to recognise it after a crash, under another name, or in a restored copy.
import { createHash } from 'node:crypto';
import { type BigIntStats, closeSync, lstatSync, openSync, readdirSync, readlinkSync, readSync } from 'node:fs';
import path from 'node:path';
import { atPath } from '@wheelwright/errors';

export type EntryKind = 'file' | 'directory' | 'link' | 'other';

/** Numbers as decimal text, because they do not fit a double. */
export interface Identity {
  readonly kind: EntryKind;
  readonly device: string;
  readonly inode: string;
  /** Birth in ns, so that an inode number in use again is another thing; `'0'` where the file system keeps none. */
  readonly born: string;
  /**
   * Of a file its content (above 1 MiB its size and both ends), of a link its target, of a directory the names, kinds
   * and sizes below it. Only where the inode cannot tell any more, in a copy, does it decide alone.
   */
  readonly hash: string;
  /**
   * The hash of all content and of the modes, of a directory with everything below it. Present on both sides of an
   * entry whose `hash` is the same although they differ: only this tells them apart in a copy.
   */
  readonly content?: string | undefined;
}

/** What `lstat` alone tells of an {@link Identity}. */
export type Mark = Omit<Identity, 'hash' | 'content'>;

const wholeUpTo = 1_048_576;
const endSize = 65_536;

/** The identity of the entry at `target`; undefined when there is none. */
export function identify(target: string): Identity | undefined {
  const mark = markOf(target);
  return mark && { ...mark, hash: hashOf(target, mark.kind) };
}

/** The same without reading any content. */
export function markOf(target: string): Mark | undefined {
  const stats = lstatSync(target, { bigint: true, throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  return {
    kind: kindOf(stats),
    device: String(stats.dev),
    inode: String(stats.ino),
    born: String(stats.birthtimeNs),
  };
}

/** Whether both are the same inode of the same life. Device numbers may change with a reboot and do not count. */
export function isSameMark(a: Mark, b: Mark): boolean {
  return a.kind === b.kind && a.inode === b.inode && (a.born === b.born || a.born === '0' || b.born === '0');
}

export function hashOf(target: string, kind: EntryKind): string {
  const hash = createHash('sha256');
  if (kind === 'file') hashFile(hash, target);
  else if (kind === 'link') hash.update(readlinkSync(target));
  else if (kind === 'directory') hashListing(hash, target, '');
  return hash.digest('hex');
}

/** Whether {@link Identity.hash} covers the whole content of the entry at `target`. */
export function isHashedWhole(target: string, kind: EntryKind): boolean {
  return kind === 'link' || (kind === 'file' && lstatSync(target).size <= wholeUpTo);
}

/** Whether both hold the same: content, link targets, names, kinds and modes. One inode is not read twice. */
export function isSameContent(a: string, b: string): boolean {
  const [one, other] = [lstatSync(a), lstatSync(b)];
  if (one.mode !== other.mode) return false;
  if (one.ino === other.ino && one.dev === other.dev) return true;
  if (one.isSymbolicLink()) return readlinkSync(a) === readlinkSync(b);
  if (one.isFile()) return one.size === other.size && contentOf(a) === contentOf(b);
  if (!one.isDirectory()) return false;
  const [names, others] = [readdirSync(a).sort(), readdirSync(b).sort()];
  if (names.length !== others.length || names.some((name, index) => name !== others[index])) return false;
  return names.every((name) => isSameContent(path.join(a, name), path.join(b, name)));
}

/** The hash of everything at `target`: content, link targets, names, kinds and modes. */
export function contentOf(target: string): string {
  const hash = createHash('sha256');
  hashContent(hash, target, '');
  return hash.digest('hex');
}

function hashContent(hash: Hash, target: string, name: string): void {
  const stats = lstatSync(target);
  hash.update(`${(stats.mode & 0o777).toString(8)} ${name}\0`);
  if (stats.isSymbolicLink()) hash.update(`l ${readlinkSync(target)}\0`);
  else if (stats.isFile()) hashWhole(hash, target, stats.size);
  else if (stats.isDirectory()) {
    const names = readdirSync(target).sort();
    hash.update(`d ${names.length}\0`);
    for (const below of names) hashContent(hash, path.join(target, below), below);
  } else hash.update(`o ${stats.dev} ${stats.ino}\0`);
}

function hashWhole(hash: Hash, file: string, size: number): void {
  const fd = openSync(file, 'r');
  try {
    hash.update(`f ${size}\0`);
    hashRange(hash, fd, 0, size);
  } catch (error) {
    throw atPath(error, file);
  } finally {
    closeSync(fd);
  }
}

function kindOf(stats: BigIntStats): EntryKind {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  return stats.isSymbolicLink() ? 'link' : 'other';
}

type Hash = ReturnType<typeof createHash>;

function hashFile(hash: Hash, file: string): void {
  const fd = openSync(file, 'r');
  try {
    const { size } = lstatSync(file);
    hash.update(`${size}\n`);
    hashRange(hash, fd, 0, size <= wholeUpTo ? size : endSize);
    if (size > wholeUpTo) hashRange(hash, fd, size - endSize, endSize);
  } catch (error) {
    throw atPath(error, file);
  } finally {
    closeSync(fd);
  }
}

function hashRange(hash: Hash, fd: number, start: number, length: number): void {
  const buffer = Buffer.allocUnsafe(Math.min(length, wholeUpTo));
  for (let done = 0; done < length; ) {
    const read = readSync(fd, buffer, 0, Math.min(buffer.length, length - done), start + done);
    if (read === 0) return;
    hash.update(buffer.subarray(0, read));
    done += read;
  }
}

function hashListing(hash: Hash, dir: string, prefix: string): void {
  const entries = readdirSync(dir, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const entryPath = path.join(dir, entry.name);
    const name = `${prefix}${entry.name}`;
    if (entry.isDirectory()) {
      hash.update(`d ${name}\0`);
      hashListing(hash, entryPath, `${name}/`);
    } else if (entry.isSymbolicLink()) hash.update(`l ${name}\0${readlinkSync(entryPath)}\0`);
    else hash.update(`f ${name}\0${lstatSync(entryPath).size}\0`);
  }
}
