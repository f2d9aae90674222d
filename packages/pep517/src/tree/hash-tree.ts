// Hashes a tree: every file, link and directory with its mode, by path. A file whose identity (size, times, inode, mode) is
// known from an earlier run is not read again.
import { createHash, type Hash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import path from 'node:path';
import type { TreeEntry, TreeScan } from './scan-tree.ts';

/** The identity and content hash of each file of a tree, by path. */
export type TreeIndex = Readonly<Record<string, readonly [fingerprint: string, hash: string]>>;

/** A hashed tree. */
export interface HashedTree {
  /** The hash of everything in it. Times, owners and the path of the tree do not count. */
  readonly hash: string;
  /** The index for the next run. It omits files so new that their times may not show a later change. */
  readonly index: TreeIndex;
}

const permissions = 0o777;
const bufferSize = 1 << 20;

/** Hashes listed entries; `known` is an earlier index. Throws ENOENT if a file has disappeared. */
export function hashTree(dir: string, scan: TreeScan, known: TreeIndex): HashedTree {
  const index: Record<string, readonly [string, string]> = {};
  const all = createHash('sha256');
  const entries = [...scan.entries].sort((a, b) => (a.path < b.path ? -1 : 1));
  for (const entry of entries) {
    const { path: name, kind, mode, target = '', fingerprint } = entry;
    let content = target;
    if (kind === 'file') {
      const before = Object.hasOwn(known, name) ? known[name] : undefined;
      content = before?.[0] === fingerprint ? before[1] : hashContent(path.join(dir, name));
      index[name] = [fingerprint, content];
    }
    all.update(`${kind[0]} ${kind === 'symlink' ? 0 : mode & permissions} ${content} ${name}\0`);
  }
  return { hash: all.digest('hex'), index };
}

/** The sha256 of a file in hex, read at once. */
export function hashContent(file: string): string {
  const hash = createHash('sha256');
  const fd = openSync(file, 'r');
  try {
    readAll(fd, hash);
  } finally {
    closeSync(fd);
  }
  return hash.digest('hex');
}

const buffer = Buffer.allocUnsafe(bufferSize);

function readAll(fd: number, hash: Hash): void {
  for (let read = readSync(fd, buffer); read > 0; read = readSync(fd, buffer)) hash.update(buffer.subarray(0, read));
}

/** Whether two listings have the same content, judged by identities. */
export function sameListing(a: readonly TreeEntry[], b: readonly TreeEntry[]): boolean {
  if (a.length !== b.length) return false;
  return a.every((entry, at) => {
    const other = b[at]!;
    return entry.path === other.path && entry.fingerprint === other.fingerprint && entry.mode === other.mode;
  });
}
