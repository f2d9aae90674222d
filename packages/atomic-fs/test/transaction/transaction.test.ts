import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { acquireLock } from '@wheelwright/fslock';
import { crashingFs } from '@wheelwright/testkit/crashing-fs';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, test } from 'vitest';
import { type Fs, needsRecovery, nodeFs, openTransaction, recover } from '../../src/index.ts';
import { after, before, change, held, makeTree, readTree } from '../scenario.ts';

function rootOf(tree = before): string {
  const root = path.join(temporaryDir(), 'root');
  makeTree(root, tree);
  return root;
}

const coded = (code: string) => expect.objectContaining({ code: `ATOMIC_FS_${code}` });

test('a commit makes all of it new, and leaves nothing of itself', async () => {
  const root = rootOf();
  const lock = await acquireLock(path.join(path.dirname(root), '.lock'));
  change(root, { lock, fs: nodeFs });
  expect(readTree(root)).toEqual(after);
  expect(recover(root, { lock }).outcome).toBe('clean');
  lock.release();
  expect(() => openTransaction(root, { lock })).toThrow('bug: the lock');
});

test('a roll-back leaves all of it old; so does the end of a block', async () => {
  const root = rootOf();
  const transaction = openTransaction(root, { lock: held });
  writeFileSync(transaction.stage('alone.py'), 'new');
  transaction.remove('pkg');
  expect(needsRecovery(root)).toBe(true);
  transaction.rollBack();
  transaction.rollBack();
  expect(needsRecovery(root)).toBe(false);
  expect(readTree(root)).toEqual(before);
  expect(() => transaction.commit()).toThrow('bug:');
  {
    await using unfinished = openTransaction(root, { lock: held });
    unfinished.remove('pkg');
  }
  expect(readTree(root)).toEqual(before);
});

test('the work directory may be one that holds other things', () => {
  const root = rootOf({ ...before, '.wheelwright': { format: '1' } });
  change(root, { lock: held, fs: nodeFs, workDir: '.wheelwright' });
  expect(readTree(root)).toEqual({ ...after, '.wheelwright': { format: '1' } });
});

test.each(['../out', '/etc/passwd', 'a//b', './a', 'kept/../pkg', '', '.atomic-fs', '.atomic-fs/journal', 'a\0b'])(
  'the path %j is refused',
  (name) => {
    const transaction = openTransaction(rootOf(), { lock: held });
    expect(() => transaction.stage(name)).toThrow(coded('UNSAFE_PATH'));
    expect(() => transaction.remove(name)).toThrow(coded('UNSAFE_PATH'));
  },
);

test('a path through a link, below nothing, or named twice is refused', () => {
  const root = rootOf();
  const transaction = openTransaction(root, { lock: held });
  expect(() => transaction.stage('link/file.txt')).toThrow(coded('UNSAFE_PATH'));
  expect(() => transaction.stage('absent/file.txt')).toThrow(coded('UNSAFE_PATH'));
  expect(() => transaction.remove('absent')).toThrow(coded('UNSAFE_PATH'));
  transaction.remove('pkg');
  expect(() => transaction.stage('pkg')).toThrow(coded('UNSAFE_PATH'));
  transaction.remove('pkg/sub');
  expect(() => transaction.commit()).toThrow(coded('UNSAFE_PATH'));
  expect(readTree(root)).toEqual(before);
});

test('a work directory that is a link is refused', () => {
  const root = rootOf();
  symlinkSync('kept', path.join(root, '.atomic-fs'));
  expect(() => openTransaction(root, { lock: held })).toThrow(coded('UNSAFE_PATH'));
  expect(() => recover(root, { lock: held })).toThrow(coded('UNSAFE_PATH'));
});

test('a missing staged file, or a target that changed after the plan, stops the commit', () => {
  const root = rootOf();
  const empty = openTransaction(root, { lock: held });
  empty.stage('pkg');
  expect(() => empty.commit()).toThrow(coded('NOT_STAGED'));
  const overtaken = openTransaction(root, { lock: held });
  writeFileSync(overtaken.stage('alone.py'), 'new');
  rmSync(path.join(root, 'alone.py'));
  expect(() => overtaken.commit()).toThrow(coded('TARGET_CHANGED'));
  expect(readdirSync(root)).not.toContain('.atomic-fs');
});

test('a signal stops it before the decision, with its own reason', () => {
  const root = rootOf();
  const transaction = openTransaction(root, { lock: held });
  transaction.remove('pkg');
  expect(() => transaction.commit({ signal: AbortSignal.abort(new Error('enough')) })).toThrow('enough');
  expect(readTree(root)).toEqual(before);
});

test('a directory that may not be moved is found out before the decision', () => {
  if (process.geteuid?.() === 0) return; // nothing is forbidden to root
  const root = rootOf();
  chmodSync(path.join(root, 'bin'), 0o555);
  const transaction = openTransaction(root, { lock: held });
  transaction.remove('bin/gone');
  expect(() => transaction.commit()).toThrow('EACCES');
  chmodSync(path.join(root, 'bin'), 0o755);
  expect(readTree(root)).toEqual(before);
});

test('content that another program puts at a target after the commit is kept and reported', () => {
  const root = rootOf();
  const intruding: Fs = {
    ...nodeFs,
    rename: (from, to) => {
      nodeFs.rename(from, to);
      if (!to.endsWith('/journal')) return;
      rmSync(path.join(root, 'pkg'), { recursive: true });
      makeTree(path.join(root, 'pkg'), { 'mine.py': 'mine' });
      writeFileSync(path.join(root, 'bin', 'gone'), 'changed');
    },
  };
  const transaction = openTransaction(root, { lock: held, fs: intruding });
  makeTree(transaction.stage('pkg'), { 'new.py': 'new' });
  transaction.remove('bin/gone');
  const { displaced, left } = transaction.commit();
  expect(displaced.map(({ path: name }) => name)).toEqual(['pkg/mine.py']);
  expect(readFileSync(displaced[0]!.keptAt, 'utf8')).toBe('mine');
  expect(left).toEqual(['bin/gone']);
  expect(readTree(path.join(root, 'pkg'))).toEqual({ 'new.py': 'new' });
});

test('content of another program at a target is kept even if a crash follows its move', () => {
  const root = rootOf();
  const mine = path.join(root, 'pkg', 'mine.py');
  const dying = crashingFs({
    ...nodeFs,
    renameExchange: (a, b) => {
      rmSync(path.join(root, 'pkg'), { recursive: true });
      makeTree(path.join(root, 'pkg'), { 'mine.py': 'mine' });
      return nodeFs.renameExchange(a, b);
    },
  });
  const at = (() => {
    const counting = crashingFs(nodeFs);
    change(rootOf(), { lock: held, fs: counting });
    return counting.operations.findIndex((line) => line.startsWith('renameExchange')) + 1;
  })();
  const fs = crashingFs(dying, { crashAt: at, how: 'after' });
  expect(() => change(root, { lock: held, fs })).toThrow();
  expect(existsSync(mine)).toBe(at === 0);
  if (at === 0) return; // no exchange here
  const { displaced } = recover(root, { lock: held });
  expect(displaced.map(({ path: name }) => name)).toEqual(['pkg/mine.py']);
  expect(readFileSync(displaced[0]!.keptAt, 'utf8')).toBe('mine');
  expect(readTree(path.join(root, 'pkg'))).toEqual(after.pkg);
});

test.each([true, false])('a change of a target after it is in place stays (native calls: %s)', (native) => {
  const counting = crashingFs(nodeFs, { native });
  change(rootOf(), { lock: held, fs: counting });
  const last = counting.operations.findLastIndex((line) => line.startsWith('rename') && line.endsWith('/finished'));
  const root = rootOf();
  const fs = crashingFs(nodeFs, { native, crashAt: last + 1 });
  expect(() => change(root, { lock: held, fs })).toThrow();
  for (const name of ['alone.py', 'pkg', 'pkg-2.dist-info']) rmSync(path.join(root, name), { recursive: true });
  writeFileSync(path.join(root, 'alone.py'), 'mine');
  makeTree(path.join(root, 'pkg'), { 'mine.py': 'mine' });
  expect(recover(root, { lock: held })).toMatchObject({ outcome: 'rolled-forward', displaced: [], left: [] });
  const { 'pkg-2.dist-info': _, ...rest } = after;
  expect(readTree(root)).toEqual({ ...rest, 'alone.py': 'mine', pkg: { 'mine.py': 'mine' } });
});

test('an undo that fails in its own way does not hide why there had to be one', () => {
  const failing: Fs = {
    ...nodeFs,
    syncFileSystem: () => {
      throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
    },
    rmdir: () => {
      throw Object.assign(new Error('EIO'), { code: 'EIO' });
    },
  };
  const root = rootOf();
  expect(() => change(root, { lock: held, fs: failing })).toThrow('ENOSPC');
  expect(recover(root, { lock: held }).outcome).toBe('rolled-back');
  expect(readTree(root)).toEqual(before);
});

test('a directory that gained caches since it was planned is replaced all the same', () => {
  const root = rootOf();
  const transaction = openTransaction(root, { lock: held });
  makeTree(transaction.stage('pkg'), { 'new.py': 'new' });
  makeTree(path.join(root, 'pkg', '__pycache__'), { 'a.pyc': 'cache' });
  expect(transaction.commit()).toEqual({ displaced: [], left: [], takenOut: [] });
  expect(readTree(path.join(root, 'pkg'))).toEqual({ 'new.py': 'new' });
});

test('a directory that cannot be renamed goes piece by piece, and a crash on the way is made good', () => {
  // What overlayfs does with directories of a lower layer.
  const root = rootOf();
  let budget = Infinity;
  const overlay: Fs = {
    ...nodeFs,
    renameExchange: () => {
      throw Object.assign(new Error('EXDEV'), { code: 'EXDEV' });
    },
    rename: (from, to) => {
      budget -= 1;
      if (budget < 0) throw new Error('dead');
      const isLower = from === path.join(root, 'pkg') || from === path.join(root, 'pkg', 'sub');
      if (isLower) throw Object.assign(new Error('EXDEV'), { code: 'EXDEV' });
      nodeFs.rename(from, to);
    },
  };
  const transaction = openTransaction(root, { lock: held, fs: overlay });
  makeTree(transaction.stage('pkg'), { 'new.py': 'new' });
  budget = 4; // the journal, the refused rename, two pieces
  expect(() => transaction.commit()).toThrow(coded('UNFINISHED'));
  expect(existsSync(path.join(root, 'pkg', 'new.py'))).toBe(false);
  budget = Infinity;
  expect(recover(root, { lock: held, fs: overlay }).outcome).toBe('rolled-forward');
  expect(readTree(root)).toEqual({ ...before, pkg: { 'new.py': 'new' } });
});

test('a transaction over a root that needs recovery is refused until it was recovered', () => {
  const root = rootOf();
  const dying: Fs = {
    ...nodeFs,
    renameExchange: () => {
      throw Object.assign(new Error('EIO'), { code: 'EIO' });
    },
  };
  expect(() => change(root, { lock: held, fs: dying })).toThrow(coded('UNFINISHED'));
  expect(needsRecovery(root)).toBe(true);
  expect(() => openTransaction(root, { lock: held })).toThrow(coded('RECOVERY_NEEDED'));
  expect(recover(root, { lock: held })).toMatchObject({ outcome: 'rolled-forward', displaced: [], left: [] });
  expect(readTree(root)).toEqual(after);
  expect(recover(root, { lock: held }).outcome).toBe('clean');
});

test('a staged entry that is missing or changed stops recovery before it moves anything', () => {
  const root = rootOf();
  const dying: Fs = {
    ...nodeFs,
    renameExchange: () => {
      throw Object.assign(new Error('EIO'), { code: 'EIO' });
    },
  };
  expect(() => change(root, { lock: held, fs: dying })).toThrow(coded('UNFINISHED'));
  const slot = path.join(root, '.atomic-fs', 'transaction', 'new', '6');
  expect(readFileSync(slot, 'utf8')).toBe('new alone');
  renameSync(slot, `${slot}.away`);
  expect(() => recover(root, { lock: held })).toThrow(coded('STAGED_LOST'));
  renameSync(`${slot}.away`, slot);
  writeFileSync(slot, 'tampered!');
  expect(() => recover(root, { lock: held })).toThrow(coded('STAGED_LOST'));
  expect(readFileSync(path.join(root, 'alone.py'), 'utf8')).toBe('old alone');
  writeFileSync(slot, 'new alone');
  recover(root, { lock: held });
  expect(readTree(root)).toEqual(after);
});

test('a leftover of a transaction that was not decided is removed by the next one', () => {
  const root = rootOf();
  mkdirSync(path.join(root, '.atomic-fs', 'transaction', 'new'), { recursive: true });
  change(root, { lock: held, fs: nodeFs });
  expect(readTree(root)).toEqual(after);
});
