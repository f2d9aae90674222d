// Another process writes into a directory that a dead process was replacing, before the recovery: with a crash of the
// change at every call, and of the recovery at every one of its own. Nothing is lost, and all of it is reported.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { crashingFs } from '@wheelwright/testkit/crashing-fs';
import { proved } from '@wheelwright/testkit/proof';
import { memoryDir } from '@wheelwright/testkit/temporary';
import { describe, expect, test } from 'vitest';
import { needsRecovery, nodeFs, openTransaction, type RecoveryReport, recover } from '../../src/index.ts';
import { formatJournal, type Journal, parseJournal } from '../../src/transaction/journal.ts';
import { change, held, makeTree, readTree, type Scenario, type Tree } from '../scenario.ts';

const disk = { ...nodeFs, fsync: () => undefined, syncFileSystem: () => true };

const scenario: Scenario = {
  before: { pkg: { 'a.py': 'old', 'b.py': 'old', sub: { 'c.py': 'old' } }, gone: { 'd.py': 'old' } },
  after: { pkg: { 'a.py': 'new', sub: { 'c.py': 'new' } }, fresh: 'new' },
  steps: ['pkg', 'fresh', 'gone'],
};

/** What a process writes there that does not know of the change. */
const written: Readonly<Record<string, string>> = {
  'pkg/mine.py': 'mine',
  'pkg/sub/mine.py': 'mine too',
  'pkg/whole/x/mine.py': 'in a directory of mine',
  'pkg/a.py': 'edited by me',
  'gone/mine.py': 'where all goes',
};

function write(root: string): void {
  for (const [file, text] of Object.entries(written)) {
    if (file.startsWith('gone/') && !existsSync(path.join(root, 'gone'))) continue;
    makeTree(path.dirname(path.join(root, file)), {});
    rmSync(path.join(root, file), { force: true });
    writeFileSync(path.join(root, file), text);
  }
}

/** Of every file that was written its place: where it was put, or where it is kept. */
function placesOf(root: string, { displaced }: Pick<RecoveryReport, 'displaced'>): Record<string, string | undefined> {
  const found = Object.keys(written).map((file) => {
    const keptAt = displaced.find((one) => one.path === file)?.keptAt;
    const text = [path.join(root, file), keptAt ?? ''].map((one) => existsSync(one) && readFileSync(one, 'utf8'));
    return [file, text.includes(written[file]!) ? (keptAt === undefined ? 'there' : 'kept') : undefined];
  });
  return Object.fromEntries(found);
}

function crashing(fs: { readonly crashed: boolean }, run: () => unknown): void {
  try {
    run();
  } catch (error) {
    if (!fs.crashed) throw error;
  }
}

describe.each([true, false])('native calls: %s', (native) => {
  test('recovery keeps or reports every file written after the crash', () => {
    const dir = memoryDir();
    const outcomes = new Set<string | undefined>();
    let points = 0;
    for (let n = 1, isOver = false; !isOver; n += 1) {
      for (let m = 1; ; m += 1) {
        const root = path.join(dir, `${n}-${m}`);
        makeTree(root, scenario.before);
        const fs = crashingFs(disk, { crashAt: n, native });
        crashing(fs, () => change(root, { lock: held, fs }, scenario));
        isOver = !fs.crashed;
        const isDecided = existsSync(path.join(root, '.atomic-fs/journal'));
        if (isOver || !isDecided) break;
        const hadGone = existsSync(path.join(root, 'gone'));
        write(root);
        const recovering = crashingFs(disk, { crashAt: m, native });
        crashing(recovering, () => recover(root, { lock: held, fs: recovering }));
        const wasOver = !needsRecovery(root);
        const report = recover(root, { lock: held, fs: disk });
        // A recovery that came to its end, and could not tell any more, leaves it where it can be found.
        const told = wasOver ? keptBelow(root) : report;
        const places = placesOf(root, told);
        if (!hadGone) delete places['gone/mine.py'];
        expect(Object.values(places)).not.toContain(undefined);
        for (const place of Object.values(places)) outcomes.add(place);
        const { '.atomic-fs': _, ...tree } = readTree(root);
        expect(tree).toMatchObject({ pkg: { sub: {} }, fresh: 'new' });
        expect(needsRecovery(root)).toBe(false);
        rmSync(root, { recursive: true });
        points += 1;
        if (!recovering.crashed) break;
      }
    }
    expect([...outcomes].sort()).toEqual(['kept', 'there']);
    proved(points, 'crashes around what another process wrote');
  });
});

function keptBelow(root: string): Pick<RecoveryReport, 'displaced'> {
  const dir = path.join(root, '.atomic-fs/displaced');
  const displaced = (existsSync(dir) ? readdirSync(dir) : []).flatMap((id) =>
    Object.keys(written).map((file) => ({ path: file, keptAt: path.join(dir, id, file) })),
  );
  return { displaced: displaced.filter(({ keptAt }) => existsSync(keptAt)) };
}

/** A root with a decided change of which nothing is in place yet. */
function decided(): string {
  const root = path.join(memoryDir(), 'root');
  makeTree(root, scenario.before);
  const fs = { ...disk, renameExchange: () => stop(), rename: (from: string, to: string) => rename(from, to) };
  const rename = (from: string, to: string) => (to.endsWith('journal') ? disk.rename(from, to) : stop());
  expect(() => change(root, { lock: held, fs }, scenario)).toThrow('not finished');
  return root;
}

function stop(): never {
  throw Object.assign(new Error('EIO'), { code: 'EIO' });
}

test('a recovery tells what came, what was edited and what was taken out, and keeps all but caches', () => {
  const root = decided();
  write(root);
  rmSync(path.join(root, 'pkg/b.py'));
  makeTree(path.join(root, 'pkg/__pycache__'), { 'a.pyc': 'code' });
  const isCache = (file: string) => /(?:^|\/)__pycache__$/.test(file);
  const report = recover(root, { lock: held, isCache });
  expect(report.displaced.map((one) => one.path).sort()).toEqual(Object.keys(written).sort());
  expect(report.takenOut).toEqual(['pkg/b.py']);
  for (const { path: file, keptAt } of report.displaced) expect(readFileSync(keptAt, 'utf8')).toBe(written[file]);
  expect(readTree(root)).toMatchObject(scenario.after);
  expect(recover(root, { lock: held })).toMatchObject({ outcome: 'clean', displaced: [] });
  // A crash in another change does not report it a second time.
  openTransaction(root, { lock: held }).stage('other');
  expect(recover(root, { lock: held })).toMatchObject({ outcome: 'rolled-back', displaced: [] });
});

test('a commit tells the same of what came after its last look, and the last look can end it', () => {
  const root = path.join(memoryDir(), 'root');
  makeTree(root, scenario.before);
  const looking = openTransaction(root, { lock: held, fs: disk });
  makeTree(looking.stage('pkg'), (scenario.after as { pkg: Tree }).pkg);
  const lastLook = () => {
    throw new Error('another process writes');
  };
  expect(() => looking.commit({ lastLook })).toThrow('another process writes');
  expect(readTree(root)).toEqual(scenario.before);
  const rename = (from: string, to: string) => {
    disk.rename(from, to);
    if (to.endsWith('journal')) writeFileSync(path.join(root, 'pkg/mine.py'), 'mine');
  };
  const transaction = openTransaction(root, { lock: held, fs: { ...disk, rename } });
  makeTree(transaction.stage('pkg'), (scenario.after as { pkg: Tree }).pkg);
  const { displaced } = transaction.commit();
  expect(displaced.map((one) => [one.path, readFileSync(one.keptAt, 'utf8')])).toEqual([['pkg/mine.py', 'mine']]);
});

test('a journal of an earlier release, which does not say what was there, is finished as it was then', () => {
  const root = decided();
  const file = path.join(root, '.atomic-fs/journal');
  const journal = parseJournal(readFileSync(file, 'utf8')) as Journal;
  writeFileSync(file, formatJournal({ ...journal, entries: journal.entries.map(({ held: _, ...entry }) => entry) }));
  write(root);
  expect(recover(root, { lock: held })).toMatchObject({ outcome: 'rolled-forward', displaced: [], takenOut: [] });
  expect(readTree(root)).toEqual(scenario.after);
});
