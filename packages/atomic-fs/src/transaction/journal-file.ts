// The journal on the disk: its appearance is the decision, its disappearance the end.
import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ignoreFailure, isErrno } from '@wheelwright/errors';
import { AtomicFsError, reasonOf } from '../atomic-fs-error.ts';
import { createFile } from '../create-file.ts';
import { syncDirectory, syncTree } from '../sync.ts';
import { uniqueSuffix } from '../temporary-name.ts';
import { type Journal, parseJournal } from './journal.ts';
import { overlap } from './resolve-beneath.ts';
import { type TransactionOptions, type WorkArea, workAreaOf } from './work-area.ts';

/** The journal of the area; undefined where there is none. Throws where it must not be acted upon. */
export function readJournal({ journalPath, workName }: WorkArea): Journal | undefined {
  const text = readOwn(journalPath);
  if (text === undefined) return undefined;
  const journal = parseJournal(text);
  if ('fault' in journal) {
    throw journal.fault === 'newer'
      ? refused('ATOMIC_FS_JOURNAL_NEWER', journalPath, `was written by a newer version (format ${journal.version})`)
      : refused('ATOMIC_FS_JOURNAL_DAMAGED', journalPath, 'is damaged');
  }
  if (journal.entries.some((entry) => overlap(entry.path, workName))) {
    throw refused('ATOMIC_FS_JOURNAL_DAMAGED', journalPath, 'names its own directory');
  }
  return journal;
}

/** Step 4: the journal is written under another name, and all that is staged is on the disk with it. */
export function stageJournal({ fs, durability, rootDir, workDir, transactionDir }: WorkArea, text: string): void {
  createFile(stagedPath(transactionDir), text, { mode: 0o600, fs });
  if (durability === 'none') return;
  syncTree(transactionDir, { fs });
  // The names on the way there as well. Without that of the transaction a journal would stop every recovery; without
  // those above, the renames to come could stay and the journal be lost.
  for (let dir = workDir; ; dir = path.dirname(dir)) {
    syncDirectory(dir, { fs });
    if (dir === rootDir) return;
  }
}

/** Step 5: the journal gets its name, which is the decision. */
export function decide({ fs, transactionDir, journalPath }: WorkArea): void {
  fs.rename(stagedPath(transactionDir), journalPath);
}

/**
 * Step 5, on the disk. Where that fails, a power cut could keep some of the renames to come and lose the journal: it is
 * withdrawn and the error thrown. Should it come back after a power cut, all that it names must still be there, so what
 * is staged is left for recovery to remove. A journal that cannot be withdrawn stays decided: `ATOMIC_FS_UNFINISHED`.
 */
export function syncDecision({ fs, durability, rootDir, workDir, journalPath }: WorkArea): void {
  if (durability === 'none') return;
  try {
    syncDirectory(workDir, { fs });
  } catch (error) {
    try {
      fs.unlink(journalPath);
    } catch {
      throw unfinished(rootDir, error);
    }
    ignoreFailure(() => syncDirectory(workDir, { fs }));
    throw error;
  }
}

/**
 * Step 8: from here on the transaction is over. The journal becomes a mark in the work area, by which a recovery tells
 * what a finished change left from what was never decided. It is not a failure if another recovery was faster.
 */
export function dropJournal({ fs, durability, workDir, journalPath, finishedPath }: WorkArea): void {
  try {
    fs.rename(journalPath, finishedPath);
    if (durability === 'full') syncDirectory(workDir, { fs });
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
  }
}

/**
 * The way out where a journal is refused: it and what it would have put in place are renamed aside, unread, and the
 * root counts as recovered. What is in place stays as it is, which may be a part of the transaction: verify it.
 */
export function setJournalAside(rootDir: string, options: TransactionOptions): string {
  const area = workAreaOf(rootDir, options);
  const asideDir = path.join(area.workDir, `refused-${uniqueSuffix()}`);
  area.fs.mkdir(asideDir, 0o700);
  // The journal goes first: without it the rest is litter, never the other way round.
  area.fs.rename(area.journalPath, path.join(asideDir, 'journal'));
  ignoreFailure(() => area.fs.rename(area.transactionDir, path.join(asideDir, 'transaction')));
  if (area.durability === 'full') syncDirectory(area.workDir, { fs: area.fs });
  return asideDir;
}

export function unfinished(rootDir: string, cause: unknown): AtomicFsError {
  const { why, data } = reasonOf(cause);
  return new AtomicFsError('ATOMIC_FS_UNFINISHED', `The change of ${rootDir} is decided, but not finished: ${why}.`, {
    hint: 'Remove the cause, then call recover: it finishes the change. Until then the tree is partly changed.',
    cause,
    data: { rootDir, committed: true, ...data },
  });
}

function stagedPath(transactionDir: string): string {
  return path.join(transactionDir, 'journal');
}

function readOwn(journalPath: string): string | undefined {
  let fd: number;
  try {
    fd = openSync(journalPath, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    if (isErrno(error, 'ELOOP')) throw refused('ATOMIC_FS_JOURNAL_DAMAGED', journalPath, 'is a link');
    if (isErrno(error, 'EACCES')) throw foreignOr(error, journalPath);
    throw error;
  }
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile()) throw refused('ATOMIC_FS_JOURNAL_DAMAGED', journalPath, 'is not a file');
    if (stats.uid !== ownUserId(stats.uid)) throw foreign(journalPath, stats.uid);
    return readFileSync(fd, 'utf8');
  } finally {
    closeSync(fd);
  }
}

function foreignOr(error: unknown, journalPath: string): unknown {
  const { uid } = lstatSync(journalPath);
  return uid === ownUserId(uid) ? error : foreign(journalPath, uid);
}

function foreign(journalPath: string, uid: number): AtomicFsError {
  return refused('ATOMIC_FS_JOURNAL_FOREIGN', journalPath, `belongs to another user (id ${uid})`);
}

/** Where there are no users, everything is our own. */
function ownUserId(otherwise: number): number {
  return process.geteuid?.() ?? otherwise;
}

type Refusal = 'ATOMIC_FS_JOURNAL_NEWER' | 'ATOMIC_FS_JOURNAL_DAMAGED' | 'ATOMIC_FS_JOURNAL_FOREIGN';

const waysOut: Readonly<Record<Refusal, string>> = {
  ATOMIC_FS_JOURNAL_NEWER: 'Recover with the version that wrote it, or a later one',
  ATOMIC_FS_JOURNAL_DAMAGED: 'Restore it from a backup',
  ATOMIC_FS_JOURNAL_FOREIGN: 'Recover as the user that owns it',
};

function refused(code: Refusal, journalPath: string, reason: string): AtomicFsError {
  return new AtomicFsError(code, `The journal ${journalPath} ${reason}; nothing was changed.`, {
    hint: `${waysOut[code]}; or give the change up (setJournalAside, or move the journal away) and verify the tree.`,
    data: { path: journalPath },
  });
}
