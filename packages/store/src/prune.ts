// Removes entries that no process uses, beside running jobs. The directory of an entry's pins is removed first: from then
// on no process can pin the entry, and one that asks finds nothing and fills it again. See entries.ts.
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Fs } from '@wheelwright/atomic-fs';
import { isErrno } from '@wheelwright/errors';
import { numbersIn } from './entries.ts';
import type { StorePaths } from './store-paths.ts';
import { pinsName } from './store-paths.ts';
import type { KeyLocks } from './use/key-locks.ts';
import { LeaseRegister, sweepLeases, unlinkIfThere } from './use/lease.ts';
import { type StagingArea, sweepStaging } from './use/staging.ts';

/** What {@link Store.prune} removes. */
export interface PruneOptions {
  /** Also entries that no process has used for so many milliseconds; without it only superseded ones. 0: all not in use. */
  readonly unusedForMs?: number | undefined;
  /** The time now, in milliseconds since 1970; the clock by default. */
  readonly now?: (() => number) | undefined;
}

/** What {@link Store.prune} did. */
export interface PruneReport {
  /** Relative to the store. */
  readonly removed: readonly string[];
  /** Entries that stay because a process is using them. */
  readonly inUse: readonly string[];
}

export interface PruneContext {
  readonly paths: StorePaths;
  readonly fs: Fs;
  readonly staging: StagingArea;
  readonly locks: KeyLocks;
}

export async function pruneStore(context: PruneContext, options: PruneOptions): Promise<PruneReport> {
  const { paths, fs } = context;
  const run = new PruneRun(context, options);
  for (const name of await sweepStaging(paths, fs, run.register)) run.removed.push(`staging/${name}`);
  // Wheels go first: byte-code goes with its wheel.
  await run.pruneEntries('wheels', paths.wheels, 'wheel');
  await run.pruneEntries('bytecode', paths.bytecode, 'bytecode');
  run.pruneFiles('responses', paths.responses);
  run.pruneFiles('facts', paths.facts);
  await run.pruneLeases();
  return { removed: run.removed, inUse: run.inUse };
}

class PruneRun {
  readonly removed: string[] = [];
  readonly inUse: string[] = [];
  readonly register: LeaseRegister;
  readonly #context: PruneContext;
  /** Used before this: gone. */
  readonly #limit: number;

  constructor(context: PruneContext, { unusedForMs = Infinity, now = Date.now }: PruneOptions) {
    this.register = new LeaseRegister(context.paths);
    this.#context = context;
    this.#limit = unusedForMs === 0 ? Infinity : now() - unusedForMs;
  }

  async pruneEntries(kind: string, entriesDir: string, lockKind: string): Promise<void> {
    const prefix = `${lockKind}-`;
    const locked = readdirSync(this.#context.paths.locks).filter((name) => name.startsWith(prefix));
    for (const key of new Set([...readdirSync(entriesDir), ...locked.map((name) => name.slice(prefix.length))])) {
      // Another process is filling it, so there is nothing to prune in it.
      const lock = await this.#context.locks.tryHold(prefix + key, 'pruning');
      if (lock === undefined) continue;
      try {
        await this.#pruneKey(kind, path.join(entriesDir, key), key);
        // Waiters find that the file has gone and make a new one.
        if (numbersIn(path.join(entriesDir, key)).length === 0) unlinkIfThere(this.#context.fs, lock.path);
      } finally {
        lock.release();
      }
    }
  }

  pruneFiles(kind: string, dir: string): void {
    for (const name of readdirSync(dir)) {
      const target = path.join(dir, name);
      if (!(modifiedAt(target) < this.#limit)) continue;
      unlinkIfThere(this.#context.fs, target);
      this.removed.push(`${kind}/${name}`);
    }
  }

  /** Runs last: the lease shows which files a dead process left. */
  async pruneLeases(): Promise<void> {
    await sweepLeases(this.#context.paths, this.#context.fs, { all: true });
  }

  async #pruneKey(kind: string, keyDir: string, key: string): Promise<void> {
    const numbers = numbersIn(keyDir);
    for (const number of numbers) {
      const entryDir = path.join(keyDir, String(number));
      if (isEmpty(entryDir)) continue;
      const isCurrent = number === numbers.at(-1);
      if (isCurrent && !this.#isOrphan(kind, key) && !(this.#lastUse(entryDir) < this.#limit)) continue;
      const gone = await this.#remove(entryDir);
      (gone ? this.removed : this.inUse).push(`${kind}/${key}/${number}`);
    }
    this.#removeEmptyKey(keyDir);
  }

  /** False if a process uses it. */
  async #remove(entryDir: string): Promise<boolean> {
    const { fs, staging } = this.#context;
    const pinsDir = path.join(entryDir, pinsName);
    // 1. The pins of dead processes.                  crash here: fewer of them.
    for (const id of list(pinsDir)) {
      if (!(await this.register.isLive(id))) unlinkIfThere(fs, path.join(pinsDir, id));
    }
    // 2. The directory, if no pin is left in it.      crash here: an entry that cannot be found; the next prune goes on.
    try {
      fs.rmdir(pinsDir);
    } catch (error) {
      if (isErrno(error, 'ENOTEMPTY', 'EEXIST')) return false;
      if (!isErrno(error, 'ENOENT')) throw error;
    }
    // 3. Out of sight, then away.                     crash here: staged work of a dead process, swept.
    staging.discard(entryDir);
    return true;
  }

  // An empty number stands for damage to those below it: once they are gone it says nothing any more.
  #removeEmptyKey(keyDir: string): void {
    const left = numbersIn(keyDir).map((number) => path.join(keyDir, String(number)));
    if (!existsSync(keyDir) || !left.every(isEmpty)) return;
    for (const dir of left) this.#context.fs.rmdir(dir);
    this.#context.fs.rmdir(keyDir);
  }

  #isOrphan(kind: string, key: string): boolean {
    return kind === 'bytecode' && numbersIn(path.join(this.#context.paths.wheels, key.slice(0, 64))).length === 0;
  }

  /** Making and removing a pin changes the time of the directory. */
  #lastUse(entryDir: string): number {
    return modifiedAt(path.join(entryDir, pinsName));
  }
}

function modifiedAt(target: string): number {
  return statSync(target, { throwIfNoEntry: false })?.mtimeMs ?? -Infinity;
}

function isEmpty(dir: string): boolean {
  return list(dir).length === 0;
}

function list(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
}
