import { chownSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { describe, expect, test } from 'vitest';
import { openTransaction, recover, setJournalAside, whyRefused } from '../../src/index.ts';
import { formatJournal, type Journal, parseJournal } from '../../src/transaction/journal.ts';
import { held, makeTree, readTree } from '../scenario.ts';

const identity = { kind: 'file', device: '1', inode: '2', born: '3', hash: 'a'.repeat(64) } as const;
const journal: Journal = {
  root: { device: '1', inode: '9' },
  entries: [
    { path: 'a/b', staged: identity, replaced: null },
    { path: 'a/c', staged: null, replaced: { ...identity, kind: 'directory' } },
  ],
};

describe('the text', () => {
  test('is read back as it was written', () => {
    expect(parseJournal(formatJournal(journal))).toEqual(journal);
  });

  test('is damaged after any change of any byte, and after any cut', () => {
    const text = formatJournal(journal);
    for (let at = 0; at < text.length; at += 1) {
      const other = text[at] === 'x' ? 'y' : 'x';
      expect(parseJournal(text.slice(0, at) + other + text.slice(at + 1))).toEqual({ fault: 'damaged' });
      expect(parseJournal(text.slice(0, at))).toEqual({ fault: 'damaged' });
    }
    expect(parseJournal(`${text}x`)).toEqual({ fault: 'damaged' });
  });

  test('of a newer version is recognized, whatever follows its number', () => {
    expect(parseJournal('atomic-fs-journal 3 what ever\n{')).toEqual({ fault: 'newer', version: 3 });
  });

  const entry = journal.entries[0]!;
  const wrong: [string, unknown][] = [
    ['climbs out', { ...entry, path: '../x' }],
    ['is absolute', { ...entry, path: '/x' }],
    ['does nothing', { ...entry, staged: null }],
    ['has no identity', { path: 'x', replaced: null }],
    ['has a strange kind', { ...entry, staged: { ...identity, kind: 'socket' } }],
    ['has a strange inode', { ...entry, staged: { ...identity, inode: 5.5 } }],
    ['has no hash', { ...entry, staged: { ...identity, hash: '' } }],
    ['is inside another one', { ...entry, path: 'a/c/d' }],
    ['is there twice', { ...entry, path: 'a/c' }],
  ];
  test.each(wrong)('with a right checksum over an entry that %s is damaged', (_, bad) => {
    const text = formatJournal({ ...journal, entries: [bad as Journal['entries'][0], journal.entries[1]!] });
    expect(parseJournal(text)).toEqual({ fault: 'damaged' });
  });
});

describe('a journal that is not to be acted upon', () => {
  const rootWith = (write: (journalPath: string) => void): string => {
    const root = temporaryDir();
    makeTree(root, { a: { b: 'old' }, '.atomic-fs': { transaction: { new: { 0: 'new' } } } });
    write(path.join(root, '.atomic-fs', 'journal'));
    return root;
  };
  const refusals: [string, string, (journalPath: string) => void][] = [
    ['is newer', 'NEWER', (file) => writeFileSync(file, 'atomic-fs-journal 7 0\n')],
    ['is empty', 'DAMAGED', (file) => writeFileSync(file, '')],
    ['is cut', 'DAMAGED', (file) => writeFileSync(file, formatJournal(journal).slice(0, -2))],
    ['is a link', 'DAMAGED', (file) => symlinkSync('transaction', file)],
    ['is a directory', 'DAMAGED', (file) => mkdirSync(file)],
    [
      'names its own directory',
      'DAMAGED',
      (file) =>
        writeFileSync(file, formatJournal({ ...journal, entries: [{ ...journal.entries[0]!, path: '.atomic-fs/x' }] })),
    ],
  ];
  if (process.geteuid?.() === 0) {
    refusals.push([
      'belongs to another user',
      'FOREIGN',
      (file) => {
        writeFileSync(file, formatJournal(journal));
        chownSync(file, 12_345, 12_345);
      },
    ]);
  }

  test.each(refusals)('because it %s is refused, changes nothing, and can be set aside', (_, code, write) => {
    const root = rootWith(write);
    const expected = expect.objectContaining({
      code: `ATOMIC_FS_JOURNAL_${code}`,
      hint: expect.stringContaining('setJournalAside'),
    });
    expect(whyRefused(root)).toEqual(expected);
    expect(() => recover(root, { lock: held })).toThrow(expected);
    expect(() => openTransaction(root, { lock: held })).toThrow(
      expect.objectContaining({ code: 'ATOMIC_FS_RECOVERY_NEEDED' }),
    );
    expect(readFileSync(path.join(root, 'a', 'b'), 'utf8')).toBe('old');
    const asideDir = setJournalAside(root, { lock: held });
    expect(readdirSync(asideDir).sort()).toEqual(['journal', 'transaction']);
    expect(readTree(path.join(asideDir, 'transaction'))).toEqual({ new: { 0: 'new' } });
    expect(whyRefused(root)).toBeUndefined();
    expect(recover(root, { lock: held }).outcome).toBe('clean');
    openTransaction(root, { lock: held }).rollBack();
  });
});
