// The transaction with a crash, and with an error, at every call; then its recovery with a crash at every call of its
// own. The tree is all old or all new each time, and nothing of the transaction is left.
import {
  accessSync,
  constants,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { crashingFs } from '@wheelwright/testkit/crashing-fs';
import { forEveryCrash, forEveryError } from '@wheelwright/testkit/every-crash';
import { proved } from '@wheelwright/testkit/proof';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { needsRecovery, nodeFs, recover } from '../../src/index.ts';
import { formatJournal, parseJournal } from '../../src/transaction/journal.ts';
import { after, before, change, held, little, makeTree, readTree } from '../scenario.ts';

// What is written reaches the disk in another kind of test: a power cut cannot be made here, and syncing takes time.
const disk = { ...nodeFs, fsync: () => undefined, syncFileSystem: () => true };
let area: string;
let count = 0;

beforeAll(() => {
  area = mkdtempSync(path.join(fastDir(), 'ww-transaction-'));
});
afterAll(() => rmSync(area, { recursive: true, force: true }));

/** Thousands of small trees are made and removed: in memory where there is such a place. */
function fastDir(): string {
  try {
    accessSync('/dev/shm', constants.W_OK);
    return '/dev/shm';
  } catch {
    return tmpdir();
  }
}

function fresh(tree = before): string {
  count += 1;
  const root = path.join(area, String(count));
  makeTree(root, tree);
  return root;
}

/** Before the decision there is no journal; when there is none any more, all is in place. */
function isDecided(root: string): boolean {
  if (existsSync(path.join(root, '.atomic-fs', 'journal'))) return true;
  return readFileSync(path.join(root, 'alone.py'), 'utf8') === 'new alone';
}

/** As if the copy had been given the inode number that the root had. */
function giveRootInode(copy: string): void {
  const file = path.join(copy, '.atomic-fs', 'journal');
  const journal = existsSync(file) ? parseJournal(readFileSync(file, 'utf8')) : undefined;
  if (journal === undefined || 'fault' in journal) return;
  const { ino, birthtimeNs } = statSync(copy, { bigint: true });
  // Made within one tick of the clock, as no copy but this one is: then nothing tells them apart.
  if (journal.root.born === String(birthtimeNs)) return;
  const inode = String(ino);
  writeFileSync(file, formatJournal({ ...journal, root: { ...journal.root, inode } }));
}

function expectWhole(root: string, tree: unknown): void {
  expect(readTree(root)).toEqual(tree);
  expect(needsRecovery(root)).toBe(false);
}

describe.each([true, false])('native calls: %s', (native) => {
  test('a crash at every call, then a recovery: all old before the decision, all new after', async () => {
    const outcomes = new Set<string>();
    await forEveryCrash({
      inner: disk,
      native,
      setUp: () => fresh(),
      run: (fs, root) => change(root, { lock: held, fs }),
      check: (_, root) => {
        const expected = isDecided(root) ? after : before;
        const { outcome, displaced, left, takenOut } = recover(root, { lock: held });
        outcomes.add(outcome);
        // What it says it did is what happened.
        if (expected === before) expect(outcome).not.toMatch(/forward/);
        else expect(outcome).not.toBe('rolled-back');
        expect([displaced, left, takenOut]).toEqual([[], [], []]);
        expectWhole(root, expected);
        expect(recover(root, { lock: held }).outcome).toBe('clean');
        rmSync(root, { recursive: true });
      },
    });
    expect([...outcomes].sort()).toEqual(['clean', 'rolled-back', 'rolled-forward', 'tidied']);
  });

  test('a crash at every call, and in its recovery a crash at every call: the third one makes it whole', async () => {
    let nested = 0;
    let n = 0;
    for (let through = false; !through; ) {
      n += 1;
      for (let m = 1; ; m += 1) {
        const root = fresh(little.before);
        const fs = crashingFs(disk, { crashAt: n, native });
        crashing(fs, () => change(root, { lock: held, fs }, little));
        through = !fs.crashed;
        if (through) break;
        const isNew = isDecided(root);
        const recovering = crashingFs(disk, { crashAt: m, native });
        crashing(recovering, () => recover(root, { lock: held, fs: recovering }));
        recover(root, { lock: held });
        expectWhole(root, isNew ? little.after : little.before);
        rmSync(root, { recursive: true });
        if (!recovering.crashed) break;
        nested += 1;
      }
    }
    proved(nested, 'crashes of a recovery');
  });

  test('an error at every call, once and for good: all old, or decided and finished by the next recovery', async () => {
    await forEveryError({
      inner: disk,
      native,
      errors: ['ENOSPC', 'EDQUOT', 'EIO', 'EMFILE', 'EACCES'],
      setUp: () => fresh(),
      run: (fs, root) => change(root, { lock: held, fs }),
      check: (_, root, { error, sticky, thrown }) => {
        const { code, data, cause } = (thrown ?? {}) as {
          code?: string;
          data?: { committed?: boolean };
          cause?: { code?: string };
        };
        const committed = thrown === undefined || data?.committed === true;
        if (thrown === undefined) expect(readTree(root)).toMatchObject(after);
        else if (committed) expect([code, cause?.code]).toEqual(['ATOMIC_FS_UNFINISHED', error]);
        else expect(code).toBe(error);
        // A passing error after the decision does not leave the work to the next one.
        if (!sticky) expect(data?.committed).not.toBe(true);
        recover(root, { lock: held });
        expectWhole(root, committed ? after : before);
        rmSync(root, { recursive: true });
      },
    });
  });

  test('an error at every call of a recovery: it says so, and the next one makes it whole', async () => {
    const counting = crashingFs(disk, { native });
    change(fresh(), { lock: held, fs: counting });
    const decision = counting.operations.findIndex((line) => line.endsWith('.atomic-fs/journal')) + 1;
    await forEveryError({
      inner: disk,
      native,
      errors: ['ENOSPC', 'EIO', 'EACCES'],
      setUp: () => {
        const root = fresh();
        const fs = crashingFs(disk, { crashAt: decision + 8, native });
        crashing(fs, () => change(root, { lock: held, fs }));
        return root;
      },
      run: (fs, root) => recover(root, { lock: held, fs }),
      check: (_, root, { thrown }) => {
        if (thrown !== undefined) expect(thrown).toMatchObject({ code: 'ATOMIC_FS_UNFINISHED' });
        recover(root, { lock: held });
        expectWhole(root, after);
        rmSync(root, { recursive: true });
      },
    });
  });

  test.each([
    ['every inode another', false],
    ['the inode number of its root in use again', true],
  ])('a restored copy of what a crash left, with %s, recovers as well', async (_title, inUseAgain) => {
    await forEveryCrash({
      inner: disk,
      native,
      hows: ['before'],
      setUp: () => fresh(),
      run: (fs, root) => change(root, { lock: held, fs }),
      check: (_, root) => {
        const copy = `${root}.copy`;
        cpSync(root, copy, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
        const isNew = isDecided(root);
        if (inUseAgain && isNew) giveRootInode(copy);
        recover(copy, { lock: held });
        expectWhole(copy, isNew ? after : before);
        for (const dir of [root, copy]) rmSync(dir, { recursive: true });
      },
    });
  });

  test('a second recovery that runs whole before any call of the first does no harm', async () => {
    let points = 0;
    const counting = crashingFs(disk, { native });
    change(fresh(little.before), { lock: held, fs: counting }, little);
    const decision = counting.operations.findIndex((line) => line.endsWith('.atomic-fs/journal')) + 1;
    for (let n = decision + 1; n <= counting.operations.length; n += 1) {
      for (let m = 1; ; m += 1) {
        const root = fresh(little.before);
        const fs = crashingFs(disk, { crashAt: n, native });
        crashing(fs, () => change(root, { lock: held, fs }, little));
        const first = interrupted(crashingFs(disk, { native }), m, () => void recover(root, { lock: held, fs: disk }));
        recover(root, { lock: held, fs: first.fs });
        expectWhole(root, little.after);
        rmSync(root, { recursive: true });
        if (!first.wasInterrupted()) break;
        points += 1;
      }
    }
    proved(points, 'interruptions of a recovery');
  });
});

test('torn journals: whatever part of it a crash left behind does not count as a decision', async () => {
  await forEveryCrash({
    inner: disk,
    hows: ['torn'],
    setUp: () => fresh(),
    run: (fs, root) => change(root, { lock: held, fs }),
    check: (_, root) => {
      expect(recover(root, { lock: held }).outcome).toBe('rolled-back');
      expectWhole(root, before);
    },
  });
});

/** Runs until the crash, if there is one. */
function crashing(fs: { readonly crashed: boolean }, run: () => unknown): void {
  try {
    run();
  } catch (error) {
    if (!fs.crashed) throw error;
  }
}

/** `fs` with `interrupt` called before its m-th call. */
function interrupted<F extends object>(fs: F, m: number, interrupt: () => void): { fs: F; wasInterrupted(): boolean } {
  let calls = 0;
  const proxy = new Proxy(fs, {
    get: (target, name, receiver) => {
      const member: unknown = Reflect.get(target, name, receiver);
      if (typeof member !== 'function') return member;
      return (...values: unknown[]) => {
        calls += 1;
        if (calls === m) interrupt();
        return member(...values);
      };
    },
  });
  return { fs: proxy, wasInterrupted: () => calls >= m };
}
