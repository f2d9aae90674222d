// A state that a power cut may leave, put where the file system was, so that paths mean what they meant.
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import type { InodeId } from './power-cut-log.ts';
import type { TreeNode } from './power-cut-states.ts';

/** Makes `dir` this tree; whatever lay there is gone. */
export function placeTree(dir: string, tree: TreeNode): void {
  clear(dir);
  place(dir, tree, new Map());
}

/** A text that is equal for equal trees. */
export function fingerprintOf(tree: TreeNode): string {
  const digest = createHash('sha256');
  const visit = (name: string, node: TreeNode): void => {
    digest.update(`${name}\0${node.kind}\0${node.mode}\0${node.target}\0${node.data.length}\0`).update(node.data);
    for (const [inner, child] of [...node.entries].sort(([a], [b]) => (a < b ? -1 : 1))) visit(inner, child);
    digest.update('\0end');
  };
  visit('', tree);
  return digest.digest('hex');
}

/** Removes `dir`; unlike rmSync also what is read-only. */
function clear(dir: string): void {
  if (!existsSync(dir)) return;
  chmodSync(dir, 0o700);
  for (const { name } of readdirSync(dir, { withFileTypes: true }).filter((entry) => entry.isDirectory()))
    clear(path.join(dir, name));
  rmSync(dir, { recursive: true });
}

function place(target: string, node: TreeNode, placed: Map<InodeId, string>): void {
  const first = placed.get(node.inode);
  if (first !== undefined) linkSync(first, target);
  else if (node.kind === 'link') symlinkSync(node.target, target);
  if (first !== undefined || node.kind === 'link') return;
  if (node.kind === 'directory') {
    mkdirSync(target, 0o700);
    for (const [name, child] of node.entries) place(path.join(target, name), child, placed);
  } else {
    placed.set(node.inode, target);
    writeFileSync(target, node.data);
  }
  chmodSync(target, node.mode);
  // Half a millisecond: what is rounded down to whole ones stays what it was.
  const seconds = node.mtimeMs === undefined ? undefined : (Math.trunc(node.mtimeMs) + 0.5) / 1000;
  if (seconds !== undefined) utimesSync(target, seconds, seconds);
}
