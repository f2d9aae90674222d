// Every change of this package as something that is old before and new after: for a power cut at each of its calls.
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { PowerCutSubject } from '@wheelwright/testkit/power-cut';
import {
  nodeFs,
  publishDirectory,
  recover,
  replaceDirectory,
  restoreDirectory,
  switchPointer,
  writeFileAtomic,
} from '../src/index.ts';
import { after, before, change, held, makeTree, placeTree, readTree, type Tree } from './scenario.ts';

/** A disk without waits: the model decides what a power cut leaves on it. */
export const quickFs = { ...nodeFs, fsync: () => undefined, syncFileSystem: () => true };

const trees = {
  old: { 'same.py': 'old', sub: { 'gone.py': 'old' } },
  new: { 'same.py': 'new', sub: { 'come.py': 'new' }, link: '-> sub' },
} satisfies Record<string, Tree>;

export const subjects: readonly PowerCutSubject[] = [
  {
    name: 'writeFileAtomic over a file',
    setUp: (dir) => writeFileSync(path.join(dir, 'file'), 'old', { mode: 0o600 }),
    run: (fs, dir) => writeFileAtomic(path.join(dir, 'file'), 'new', { fs }),
    look: (dir) => {
      const file = path.join(dir, 'file');
      if ((lstatSync(file).mode & 0o777) !== 0o600) throw new Error('the mode was lost');
      return oneOf(readFileSync(file, 'utf8'));
    },
  },
  {
    name: 'writeFileAtomic of a new file, with a mode that the umask clears',
    setUp: () => undefined,
    run: (fs, dir) => writeFileAtomic(path.join(dir, 'file'), 'new', { fs, mode: 0o666 }),
    look: (dir) => {
      const file = path.join(dir, 'file');
      if (!existsSync(file)) return 'old';
      if ((lstatSync(file).mode & 0o777) !== 0o666) throw new Error('the mode was lost');
      return oneOf(readFileSync(file, 'utf8'));
    },
  },
  {
    name: 'switchPointer',
    setUp: (dir) => switchPointer(path.join(dir, 'current'), 'old'),
    run: (fs, dir) => switchPointer(path.join(dir, 'current'), 'new', { fs }),
    look: (dir) => oneOf(readlinkSync(path.join(dir, 'current'))),
  },
  {
    name: 'publishDirectory',
    setUp: () => undefined,
    run: (fs, dir) => {
      placeTree(fs, path.join(dir, 'staged'), trees.new);
      publishDirectory(path.join(dir, 'staged'), path.join(dir, 'published'), { fs });
    },
    look: (dir) => {
      const published = path.join(dir, 'published');
      // Without renameat2 an empty directory takes the name first, which the next one to publish replaces.
      if (!existsSync(published) || readdirSync(published).length === 0) return 'old';
      return treeAt(published) === 'new' ? 'new' : fail('old content');
    },
  },
  {
    name: 'replaceDirectory',
    setUp: (dir) => makeTree(path.join(dir, 'target'), trees.old),
    run: (fs, dir) => {
      placeTree(fs, path.join(dir, 'staged'), trees.new);
      replaceDirectory(path.join(dir, 'staged'), path.join(dir, 'target'), { fs });
    },
    look: (dir) => {
      restoreDirectory(path.join(dir, 'target'), { fs: quickFs });
      return treeAt(path.join(dir, 'target'));
    },
  },
  {
    name: 'a transaction, and its recovery',
    setUp: (dir) => makeTree(dir, before),
    run: (fs, dir) => change(dir, { lock: held, fs }),
    look: (dir) => lookAfterRecovery(dir),
  },
  {
    name: 'the recovery of a transaction, and the recovery after that',
    setUp: (dir) => {
      makeTree(dir, before);
      leaveDecided(dir);
    },
    run: (fs, dir) => recover(dir, { lock: held, fs }),
    look: (dir) => lookAfterRecovery(dir),
    // Once decided it is never old again.
    outcomes: ['new'],
  },
];

function lookAfterRecovery(dir: string): 'old' | 'new' {
  const { displaced, left } = recover(dir, { lock: held, fs: quickFs });
  if (displaced.length + left.length > 0) throw new Error('recovery found files that no process had written');
  return sameAs(readTree(dir), before, after);
}

/** A transaction that died right after its decision. */
function leaveDecided(dir: string): void {
  let isDecided = false;
  const dies = (from: string, to: string) => {
    if (isDecided) throw new Error('dead');
    nodeFs.rename(from, to);
    isDecided = to.endsWith(`${path.sep}journal`);
  };
  const exchange = (a: string, b: string) => (isDecided ? fail('dead') : nodeFs.renameExchange(a, b));
  try {
    change(dir, { lock: held, fs: { ...nodeFs, rename: dies, renameExchange: exchange } });
  } catch {
    // As wanted.
  }
}

function treeAt(dir: string): 'old' | 'new' {
  return sameAs(readTree(dir), trees.old, trees.new);
}

function sameAs(found: Tree, old: Tree, fresh: Tree): 'old' | 'new' {
  const text = canonical(found);
  if (text === canonical(old)) return 'old';
  return text === canonical(fresh) ? 'new' : fail(`found ${text}`);
}

function canonical(tree: Tree | string): string {
  if (typeof tree === 'string') return JSON.stringify(tree);
  const names = Object.keys(tree).sort();
  return `{${names.map((name) => `${name}: ${canonical(tree[name]!)}`).join(', ')}}`;
}

function oneOf(text: string): 'old' | 'new' {
  return text === 'old' || text === 'new' ? text : fail(`found ${JSON.stringify(text)}`);
}

function fail(reason: string): never {
  throw new Error(reason);
}
