// A published entry: `<kind>/<key>/<n>/`, never edited. A damaged one is not repaired but superseded by the next
// number; an empty directory at a number says that those below are damaged and nothing has taken their place yet.
//
// A process that uses an entry puts a pin, named for its lease, into the entry's `pins` directory. An entry is removed only
// after its `pins` directory, which the file system refuses to remove while there is a pin in it. So there is no moment
// between looking and removing, and readers take no lock.
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { type Fs, notDurable, publishDirectory, type SyncSet } from '@wheelwright/atomic-fs';
import { isErrno } from '@wheelwright/errors';
import { Batches } from './entry/batches.ts';
import { pinsName } from './store-paths.ts';
import { type Lease, unlinkIfThere } from './use/lease.ts';

export interface EntriesOptions {
  readonly lease: Lease;
  readonly fs: Fs;
  /** Brings places to the disk, in whatever thread. */
  readonly sync: (places: SyncSet) => Promise<void>;
}

interface StagedEntry {
  readonly key: string;
  readonly stagedDir: string;
}

export class Entries {
  readonly #dir: string;
  readonly #fs: Fs;
  readonly #lease: Lease;
  readonly #sync: EntriesOptions['sync'];
  readonly #pins = new Set<string>();
  readonly #batches = new Batches((staged: readonly StagedEntry[]) => this.#publishAll(staged));

  constructor(dir: string, { lease, fs, sync }: EntriesOptions) {
    this.#dir = dir;
    this.#lease = lease;
    this.#fs = fs;
    this.#sync = sync;
  }

  /** The current entry of `key`, pinned until `release`; undefined where there is none. */
  find(key: string): string | undefined {
    const keyDir = path.join(this.#dir, key);
    const number = numbersIn(keyDir).at(-1);
    if (number === undefined) return undefined;
    const entryDir = path.join(keyDir, String(number));
    return this.#pin(entryDir) ? entryDir : undefined;
  }

  /** Says that an entry is being filled, until the function that is returned is called: those ready wait for it. */
  expect(): () => void {
    return this.#batches.expect();
  }

  /** Renames `stagedDir` to the current entry of `key`, or finds that another process was faster. */
  publish(key: string, stagedDir: string): Promise<string> {
    return this.#batches.add({ key, stagedDir });
  }

  // Step 6 of docs/protocols/publish.md. Several at once, since what a sync costs depends little on how much it is for.
  async #publishAll(staged: readonly StagedEntry[]): Promise<string[]> {
    // 6a. The directory of the key.                    crash here: an empty one, which is the same as none.
    for (const { key } of staged) this.#makeKeyDir(key);
    // 6b. Pin the entry for this process, its first user.  crash here: staged work of a dead process, swept.
    for (const { stagedDir } of staged) this.#writePin(stagedDir);
    // 6c. All of it is on the disk, its name is not.   crash here: the same.
    await this.#sync({
      trees: staged.map(({ stagedDir }) => stagedDir),
      // Also if another process has just made a directory of a key, and died before this.
      directories: [this.#dir],
    });
    // 6d. Renamed.                                     crash here: staged work, or the whole entry.
    const entryDirs = staged.map((entry) => this.#name(entry));
    // 6e. The directories of the keys are synced.      crash here: the whole entry.
    try {
      await this.#sync({ trees: [], directories: staged.map(({ key }) => path.join(this.#dir, key)) });
    } catch (error) {
      throw notDurable(entryDirs[0]!, error);
    }
    return entryDirs;
  }

  #name({ key, stagedDir }: StagedEntry): string {
    const target = this.#freePath(key);
    if (publishDirectory(stagedDir, target, { durability: 'none', fs: this.#fs }) === 'exists') {
      const found = this.find(key);
      if (found === undefined) throw new Error(`bug: ${target} is neither free nor an entry.`);
      return found;
    }
    this.#pins.add(pinOf(target, this.#lease));
    return target;
  }

  #freePath(key: string): string {
    const keyDir = path.join(this.#dir, key);
    const current = numbersIn(keyDir).at(-1);
    const isEmpty = current !== undefined && readdirSync(path.join(keyDir, String(current))).length === 0;
    return path.join(keyDir, String(current === undefined ? 0 : isEmpty ? current : current + 1));
  }

  /** Takes `entryDir` out of use: it is not found again. Processes that use it keep it until it is pruned. */
  supersede(entryDir: string): void {
    const next = path.join(path.dirname(entryDir), String(Number(path.basename(entryDir)) + 1));
    try {
      this.#fs.mkdir(next, 0o755);
    } catch (error) {
      // Another process saw the damage too, and has published a new entry or removed all of it.
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

  #makeKeyDir(key: string): void {
    const keyDir = path.join(this.#dir, key);
    // A process that makes or removes it holds the lock on the key.
    if (!existsSync(keyDir)) this.#fs.mkdir(keyDir, 0o755);
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
