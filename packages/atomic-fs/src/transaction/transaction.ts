// Changes a set of paths below one root together: staged aside, decided by one rename, then put in place. After a crash
// at any step, the next recovery makes all of it old or all of it new. Protocol: docs/protocols/transaction.md, in the
// same numbers.
import { accessSync, constants, lstatSync } from 'node:fs';
import path from 'node:path';
import { ignoreFailure, isErrno } from '@wheelwright/errors';
import { AtomicFsError } from '../atomic-fs-error.ts';
import { contentOf, identify, isSameContent, isSameMark, type Mark, markOf } from '../identity.ts';
import type { CommitOptions, CommitResult } from './commit-result.ts';
import { heldIn } from './directory-snapshot.ts';
import { formatJournal, type Journal, type JournalEntry } from './journal.ts';
import { decide, stageJournal, syncDecision } from './journal-file.ts';
import {
  absent,
  crossDevice,
  findOverlap,
  isSafeRelative,
  overlap,
  resolveBeneath,
  unsafe,
} from './resolve-beneath.ts';
import { rollForward } from './roll-forward.ts';
import {
  checkWorkDir,
  clearWorkArea,
  recoveryNeeded,
  type TransactionOptions,
  type WorkArea,
  workAreaOf,
} from './work-area.ts';

interface Planned {
  readonly path: string;
  /** What lay there when it was planned. */
  readonly before: Mark | undefined;
  readonly removed: boolean;
}

/**
 * Opens a transaction over `rootDir`. Throws `ATOMIC_FS_RECOVERY_NEEDED` where another one was decided and not
 * finished. Nothing in the root changes before {@link Transaction.commit}.
 */
export function openTransaction(rootDir: string, options: TransactionOptions): Transaction {
  const area = workAreaOf(rootDir, options);
  checkWorkDir(area);
  if (markOf(area.journalPath) !== undefined) throw recoveryNeeded(area);
  // No other process works here while this one holds the lock, so anything left is litter.
  clearWorkArea(area);
  try {
    // 1. The work area is made.                          crash here: litter, removed by the next recovery.
    for (const dir of [area.workDir, area.transactionDir, area.newDir, area.oldDir]) makeDir(area, dir);
  } catch (error) {
    ignoreFailure(() => clearWorkArea(area));
    throw error;
  }
  return new Transaction(area);
}

/** Made by {@link openTransaction}; ends with `commit` or `rollBack`. */
export class Transaction implements AsyncDisposable {
  /** The absolute path of the directory below which everything changes. */
  readonly rootDir: string;
  readonly #area: WorkArea;
  readonly #plan: Planned[] = [];
  readonly #paths = new Set<string>();
  #open = true;

  constructor(area: WorkArea) {
    this.rootDir = area.rootDir;
    this.#area = area;
  }

  /**
   * Plans that `relative` is replaced, or made, by what the caller puts at the path that is given back: a file, a
   * link or a directory. Entries are put in place in the order in which they were planned.
   */
  stage(relative: string): string {
    this.#add(relative, false);
    return path.join(this.#area.newDir, String(this.#plan.length - 1));
  }

  /**
   * Where the caller may make a directory for what it needs until the commit: on the root's file system, and removed
   * with the transaction, also by a recovery. Empty it before the commit: what is in it is synced in vain.
   */
  get scratchDir(): string {
    return path.join(this.#area.transactionDir, 'scratch');
  }

  /** Plans that `relative` goes, with all that is in it. */
  remove(relative: string): void {
    this.#add(relative, true);
  }

  /**
   * All of it, or nothing. On return everything is in place and, with `durability: 'full'`, on the disk. On throw
   * nothing has changed and the transaction is over, unless the error is `ATOMIC_FS_UNFINISHED`: then the change is
   * decided, and `recover` finishes it.
   */
  commit({ signal, lastLook }: CommitOptions = {}): CommitResult {
    this.#assertOpen();
    this.#open = false;
    const area = this.#area;
    let journal: Journal;
    try {
      // 3. Both sides of every entry are identified, and what can be known to fail is asked for now.
      //    A path whose staged content equals its present content gets no entry.
      journal = journalOf(area, this.#plan);
      // 4. The journal is written, and all is synced.    crash here: rolled back by the next recovery.
      stageJournal(area, formatJournal(journal));
      signal?.throwIfAborted();
      lastLook?.();
      // 5. The journal gets its name: the decision.      crash here: rolled back before, forward after.
      decide(area);
    } catch (error) {
      // A failing undo only leaves litter, so it does not hide the first error.
      ignoreFailure(() => clearWorkArea(area));
      throw error;
    }
    syncDecision(area);
    // 6. to 9.
    return rollForward(area, journal);
  }

  /** Gives it up: nothing has changed, nothing is left. After `commit` it does nothing. */
  rollBack(): void {
    if (!this.#open) return;
    this.#open = false;
    clearWorkArea(this.#area);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.rollBack();
  }

  #add(relative: string, removed: boolean): void {
    this.#assertOpen();
    if (isSafeRelative(relative) && overlap(relative, this.#area.workName)) {
      throw unsafe(relative, 'is the place where transactions work');
    }
    const target = resolveBeneath(this.rootDir, relative);
    if (this.#paths.has(relative)) throw unsafe(relative, 'is part of it already');
    const before = markOf(target);
    if (removed && before === undefined) throw absent(relative, 'does not exist, and cannot be removed');
    this.#paths.add(relative);
    this.#plan.push({ path: relative, before, removed });
  }

  #assertOpen(): void {
    if (!this.#open) throw new Error(`bug: the transaction over ${this.rootDir} is over.`);
  }
}

function makeDir({ fs }: WorkArea, dir: string): void {
  try {
    fs.mkdir(dir, 0o700);
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error;
  }
}

function journalOf(area: WorkArea, plan: readonly Planned[]): Journal {
  const root = markOf(area.rootDir);
  if (root === undefined) throw unsafe('.', 'has lost its root');
  const nested = findOverlap(plan.map((planned) => planned.path));
  if (nested !== undefined) throw unsafe(nested, 'is inside another path of it');
  const entries: JournalEntry[] = [];
  for (const [index, planned] of plan.entries()) {
    const entry = entryOf(area, planned, path.join(area.newDir, String(index)));
    // Where an earlier one is left out, the slots do not go by the position in the journal any more.
    if (entry !== undefined) entries.push(entries.length === index ? entry : { ...entry, slot: index });
  }
  return { root: { device: root.device, inode: root.inode, born: root.born }, entries };
}

/** The journal entry; undefined when the staged content equals the present content, so that nothing has to change. */
function entryOf(area: WorkArea, { path: relative, before, removed }: Planned, slot: string): JournalEntry | undefined {
  const target = resolveBeneath(area.rootDir, relative);
  const replaced = identify(target) ?? null;
  if (replaced === null ? before !== undefined : before === undefined || !isSameMark(before, replaced)) {
    throw new AtomicFsError('ATOMIC_FS_TARGET_CHANGED', `Another program changed ${target} after it was planned.`, {
      hint: 'Plan again from what is there now.',
      data: { path: target },
    });
  }
  const staged = removed ? null : (identify(slot) ?? null);
  if (staged === null && !removed) {
    throw new AtomicFsError('ATOMIC_FS_NOT_STAGED', `Nothing was put at ${slot} for ${target}.`, {
      hint: 'Make a file, link or directory at each path that stage gives.',
      data: { path: target, staged: slot },
    });
  }
  const device = String(lstatSync(area.rootDir, { bigint: true }).dev);
  for (const side of [staged, replaced]) if (side && side.device !== device) throw crossDevice(target, area.rootDir);
  checkMovable(target, replaced?.kind === 'directory');
  const held = replaced?.kind === 'directory' ? heldIn(target, relative, area.isCache) : undefined;
  if (staged === null || replaced === null || staged.kind !== replaced.kind || staged.hash !== replaced.hash) {
    return { path: relative, staged, replaced, held };
  }
  if (isSameContent(target, slot)) return undefined;
  const sides = {
    staged: { ...staged, content: contentOf(slot) },
    replaced: { ...replaced, content: contentOf(target) },
  };
  return { path: relative, ...sides, held };
}

/** Fails before the decision with what a rename would fail with after it. */
function checkMovable(target: string, isDirectory: boolean): void {
  accessSync(path.dirname(target), constants.W_OK | constants.X_OK);
  // A directory that gets another parent has its `..` rewritten: that is a write to it.
  if (isDirectory) accessSync(target, constants.W_OK);
}
