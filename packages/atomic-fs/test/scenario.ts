// A small tree with everything that a transaction can do to one: what it looks like before and after, and the run.
import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createFile, type Fs, openTransaction, type TransactionOptions } from '../src/index.ts';

/** A directory, or a file by its text, or a link by `-> target`. */
export interface Tree {
  readonly [name: string]: Tree | string;
}

export const before: Tree = {
  kept: { 'file.txt': 'kept' },
  pkg: { '__init__.py': 'old', 'a.py': 'old a', sub: { 'b.py': 'old b' } },
  'pkg-1.dist-info': { RECORD: 'one' },
  bin: { tool: 'old tool', gone: 'old gone' },
  link: '-> kept',
  shape: 'a file',
  'turned.d': { inside: 'a directory' },
  'alone.py': 'old alone',
  'same.txt': 'the same',
  'same.d': { inside: 'the same' },
  'alike.d': { inside: 'old content of one size' },
};

export const after: Tree = {
  kept: { 'file.txt': 'kept' },
  pkg: { '__init__.py': 'new', sub: { 'b.py': 'new b' } },
  'pkg-2.dist-info': { RECORD: 'two' },
  bin: { tool: 'new tool', fresh: 'new fresh' },
  link: '-> bin',
  shape: { now: 'a directory' },
  'turned.d': 'a file',
  'alone.py': 'new alone',
  'same.txt': 'the same',
  'same.d': { inside: 'the same' },
  'alike.d': { inside: 'new content of one size' },
};

/** Makes a tree. */
export function makeTree(dir: string, tree: Tree): void {
  mkdirSync(dir, { recursive: true });
  for (const [name, content] of Object.entries(tree)) {
    const target = path.join(dir, name);
    if (typeof content !== 'string') makeTree(target, content);
    else if (content.startsWith('-> ')) symlinkSync(content.slice(3), target);
    else writeFileSync(target, content);
  }
}

/** The tree that is there. */
export function readTree(dir: string): Tree {
  const names = readdirSync(dir).sort();
  return Object.fromEntries(names.map((name) => [name, readEntry(path.join(dir, name))]));
}

function readEntry(target: string): Tree | string {
  const stats = lstatSync(target);
  if (stats.isDirectory()) return readTree(target);
  return stats.isSymbolicLink() ? `-> ${readlinkSync(target)}` : readFileSync(target, 'utf8');
}

/** What changes between them, in the order of a careful caller: new things first, the dist-info last. */
const steps = [
  'pkg',
  'bin/fresh',
  'bin/tool',
  'link',
  'shape',
  'turned.d',
  'alone.py',
  'bin/gone',
  'pkg-2.dist-info',
  'pkg-1.dist-info',
  'same.txt',
  'same.d',
  'alike.d',
];

/** A tree, the same changed, and the paths in which they differ. */
export interface Scenario {
  readonly before: Tree;
  readonly after: Tree;
  readonly steps: readonly string[];
}

/** Every kind of change at once. */
export const everything: Scenario = { before, after, steps };

/** One of each that matters for a recovery, for loops in loops. */
export const little: Scenario = {
  before: { pkg: { 'a.py': 'old' }, gone: 'old', 'alone.py': 'old alone' },
  after: { pkg: { 'a.py': 'new' }, fresh: 'new', 'alone.py': 'new alone' },
  steps: ['pkg', 'alone.py', 'fresh', 'gone'],
};

/** Makes one tree into the other by a transaction. */
export function change(
  rootDir: string,
  options: TransactionOptions & { readonly fs: Fs },
  { after, steps }: Scenario = everything,
): void {
  const transaction = openTransaction(rootDir, options);
  try {
    for (const step of steps) {
      const content = step
        .split('/')
        .reduce((tree, name) => (tree as Tree)?.[name], after as Tree | string | undefined);
      if (content === undefined) transaction.remove(step);
      else placeTree(options.fs, transaction.stage(step), content);
    }
  } catch (error) {
    try {
      transaction.rollBack();
    } catch {
      // The first error is the one to report.
    }
    throw error;
  }
  transaction.commit();
}

/** The same through the port, so that its steps count. */
export function placeTree(fs: Fs, target: string, content: Tree | string): void {
  if (typeof content !== 'string') {
    fs.mkdir(target);
    for (const [name, inner] of Object.entries(content)) placeTree(fs, path.join(target, name), inner);
  } else if (content.startsWith('-> ')) fs.symlink(content.slice(3), target);
  else createFile(target, content, { fs });
}

/** Stands for a lock in tests with one process. */
export const held: TransactionOptions['lock'] = { path: 'test', mode: 'exclusive', fd: 0 };
