// A published entry: `<kind>/<key>/<n>/`, never edited. A damaged one is not repaired but superseded by the next
// number; an empty directory at a number says that those below are damaged and nothing has taken their place yet.
//
// Whoever uses an entry puts a pin, named for its lease, into the entry's `pins` directory. An entry can be removed
// only after its `pins` could be removed as a directory, which the file system refuses as long as there is a pin in it:
// so there is no moment between looking and removing, and no lock is taken to read.
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { type Fs, publishDirectory, syncDirectory } from '@wheelwright/atomic-fs';
import { isErrno } from '@wheelwright/errors';
import { type Lease, unlinkIfThere } from './lease.ts';

/** Where the users of an entry leave their pins; made before the entry is published. */
export const pinsName = 'pins';

export class EntryShelf {
  readonly #dir: string;
  readonly #fs: Fs;
  readonly #lease: Lease;
  readonly #pins = new Set<string>();

  constructor(dir: string, lease: Lease, fs: Fs) {
    this.#dir = dir;
    this.#lease = lease;
    this.#fs = fs;
  }

  /** The current entry of `key`, pinned until `release`; undefined where there is none. */
  find(key: string): string | undefined {
    const keyDir = path.join(this.#dir, key);
    const number = numbersIn(keyDir).at(-1);
    if (number === undefined) return undefined;
    const entryDir = path.join(keyDir, String(number));
    return this.#pin(entryDir) ? entryDir : undefined;
  }

  /** Gives `stagedDir` its name as the current entry of `key`, or finds that somebody was faster. */
  publish(key: string, stagedDir: string): string {
    const keyDir = path.join(this.#dir, key);
    // 1. The directory of the key.                    crash here: an empty one, which is the same as none.
    this.#makeKeyDir(keyDir);
    const numbers = numbersIn(keyDir);
    const current = numbers.at(-1);
    const isEmpty = current !== undefined && readdirSync(path.join(keyDir, String(current))).length === 0;
    const target = path.join(keyDir, String(current === undefined ? 0 : isEmpty ? current : current + 1));
    // 2. Who stages an entry is its first user.       crash here: staged work of a dead process, swept.
    this.#writePin(stagedDir);
    // 3. Synced, renamed, parent synced.              crash here: staged work, or the whole entry.
    if (publishDirectory(stagedDir, target, { fs: this.#fs }) === 'exists') {
      const found = this.find(key);
      if (found === undefined) throw new Error(`bug: ${target} is neither free nor an entry.`);
      return found;
    }
    this.#pins.add(pinOf(target, this.#lease));
    return target;
  }

  /** From now on `entryDir` is not found again. Whoever uses it keeps it until it is pruned. */
  supersede(entryDir: string): void {
    const next = path.join(path.dirname(entryDir), String(Number(path.basename(entryDir)) + 1));
    try {
      this.#fs.mkdir(next, 0o755);
    } catch (error) {
      // Somebody else saw the damage too, and has published anew or removed all of it.
      if (!isErrno(error, 'EEXIST', 'ENOENT')) throw error;
    }
  }

  release(): void {
    for (const pin of this.#pins) unlinkIfThere(this.#fs, pin);
    this.#pins.clear();
  }

  /** False where the entry is not there, or is just being removed. */
  #pin(entryDir: string): boolean {
    const pin = pinOf(entryDir, this.#lease);
    if (this.#pins.has(pin)) return true;
    try {
      this.#writePin(entryDir);
    } catch (error) {
      if (isErrno(error, 'ENOENT')) return false;
      throw error;
    }
    this.#pins.add(pin);
    return true;
  }

  #writePin(entryDir: string): void {
    this.#fs.close(this.#fs.open(pinOf(entryDir, this.#lease), 'w', 0o600));
  }

  #makeKeyDir(keyDir: string): void {
    // Whoever makes or removes it holds the lock on the key.
    if (existsSync(keyDir)) return;
    this.#fs.mkdir(keyDir, 0o755);
    syncDirectory(this.#dir, { fs: this.#fs });
  }
}

/** The numbers under which `keyDir` has entries, ascending. */
export function numbersIn(keyDir: string): number[] {
  try {
    return readdirSync(keyDir)
      .map(Number)
      .filter((number) => Number.isInteger(number))
      .sort((a, b) => a - b);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
}

function pinOf(entryDir: string, lease: Lease): string {
  return path.join(entryDir, pinsName, lease.id);
}
