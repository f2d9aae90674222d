// The store as its users see it: a cache that many processes fill and read at once. An entry that it gives out stays where
// it is until `close`, whatever other processes do meanwhile.
import type { LinkBeside } from '@wheelwright/atomic-fs';
import { BytecodeEntries, type StoredBytecode } from './bytecode-entries.ts';
import { CacheFiles, FactsFiles } from './cache-files.ts';
import { findChangedFiles, type StoredWheel } from './entry/stored-wheel.ts';
import type { BytecodeInterpreter } from './fill/add-bytecode.ts';
import { measureStore, type StoreSize } from './measure.ts';
import { type PruneOptions, type PruneReport, pruneStore } from './prune.ts';
import type { StoreContext } from './store-context.ts';
import { StoreError } from './store-error.ts';
import { endLease } from './use/lease.ts';
import type { Staging } from './use/staging.ts';
import { type VerifyReport, verifyEntries } from './verify.ts';
import { type AddWheelOptions, type Download, type DownloadRequest, WheelEntries } from './wheel-entries.ts';

/** An open store. Made by `openStore`. */
export class Store implements AsyncDisposable {
  /** Its absolute path. */
  readonly dir: string;
  /** Where build snapshots may lie. */
  readonly buildsDir: string;
  /** Where environments that are shared between builds may lie. */
  readonly environmentsDir: string;
  /** Answers of an index: `read(key)`, `write(key, meta, body)`. A damaged one is a miss. */
  readonly responses: CacheFiles;
  /** Facts about interpreters: `read(key)`, `write(key, text)`. */
  readonly facts: FactsFiles;
  readonly #context: StoreContext;
  readonly #wheels: WheelEntries;
  readonly #bytecode: BytecodeEntries;
  #closed = false;

  constructor(context: StoreContext) {
    const { fs, paths, staging } = context;
    this.dir = paths.dir;
    this.buildsDir = paths.builds;
    this.environmentsDir = paths.environments;
    this.responses = new CacheFiles(paths.responses, staging, fs);
    this.facts = new FactsFiles(new CacheFiles(paths.facts, staging, fs));
    this.#context = context;
    this.#wheels = new WheelEntries(context);
    this.#bytecode = new BytecodeEntries(context);
  }

  /** The wheel with this sha256 (hex); undefined where the store lacks it. Only its presence is checked. */
  findWheel(sha256: string): StoredWheel | undefined {
    this.#checkOpen();
    return this.#wheels.find(sha256);
  }

  /**
   * Puts a wheel into the store unless it is there: unpacked, every file checked, synced. When several threads and
   * processes ask for one wheel, one does the work. On return a power cut leaves the whole entry. Throws WHEEL_…,
   * STORE_HASH_MISMATCH and FSLOCK_…; the store is as before then.
   */
  async addWheel(wheelPath: string, options: AddWheelOptions = {}): Promise<StoredWheel> {
    this.#checkOpen();
    return this.#wheels.add(wheelPath, options);
  }

  /**
   * Does the same for a wheel that has to be fetched. `download` writes it to the given path or gives its bytes; the hash
   * that it states is believed. One caller of several downloads; without a `sha256` each does.
   */
  async addDownload(request: DownloadRequest, download: Download): Promise<StoredWheel> {
    this.#checkOpen();
    return this.#wheels.addDownload(request, download);
  }

  /** Announces that a wheel of `size` bytes is likely to be added, so that a thread for it starts meanwhile. */
  expectWheel(size: number): void {
    this.#checkOpen();
    this.#context.pool.suspect(size);
  }

  /** Announces that `files` files are likely to be linked, so that a thread for them starts meanwhile. */
  expectLinks(files: number): void {
    this.#checkOpen();
    this.#context.pool.expectLinks(files);
  }

  /**
   * Links on a thread of the store that has nothing else to do; undefined: there is none. The promise settles when the
   * thread has stopped, also after `close` and an abort.
   */
  readonly linkBeside: LinkBeside = (work) => {
    this.#checkOpen();
    return this.#context.pool.link(work);
  };

  /** The paths of its files that were written to since, by size and time; none when the wheel is intact. */
  checkWheel(wheel: StoredWheel): readonly string[] {
    return findChangedFiles(wheel.treeDir, wheel.manifest.files);
  }

  /** Takes the wheel out of use: it is not found again, and the next process that wants it publishes it again. */
  reportDamage(wheel: StoredWheel): void {
    this.#checkOpen();
    this.#wheels.entries.supersede(wheel.entryDir);
  }

  /**
   * The byte-code of a wheel for one kind of Python, compiled unless it is there. Undefined where there is nothing to
   * compile, or where that Python is too old for byte-code that can be shared. Throws STORE_COMPILE_FAILED.
   */
  async addBytecode(wheel: StoredWheel, interpreter: BytecodeInterpreter): Promise<StoredBytecode | undefined> {
    this.#checkOpen();
    return this.#bytecode.add(wheel, interpreter);
  }

  /** A directory in the store for unfinished work; `release` removes it, or the next process after this one dies. */
  stage(): Staging {
    this.#checkOpen();
    return this.#context.staging.create();
  }

  /** The size of the store by part. Looks at every file. */
  size(): StoreSize {
    return measureStore(this.#context.paths);
  }

  /** Removes entries that no process uses, beside running jobs. Builds and environments are left to their makers. */
  async prune(options: PruneOptions = {}): Promise<PruneReport> {
    this.#checkOpen();
    return pruneStore(this.#context, options);
  }

  /** Removes every entry that is not in use at this moment. */
  async clean(): Promise<PruneReport> {
    return this.prune({ unusedForMs: 0 });
  }

  /** Compares every file with its hash. A damaged entry is taken out of use, so that it is fetched or made again. */
  verify(): VerifyReport {
    this.#checkOpen();
    const { paths } = this.#context;
    const wheels = verifyEntries('wheels', paths.wheels, this.#wheels.entries);
    const bytecode = verifyEntries('bytecode', paths.bytecode, this.#bytecode.entries);
    return { checked: wheels.checked + bytecode.checked, faults: [...wheels.faults, ...bytecode.faults] };
  }

  /** Ends the threads and releases every entry that was given out. A second call does nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#context.pool.close();
    try {
      this.#wheels.entries.release();
      this.#bytecode.entries.release();
    } finally {
      endLease(this.#context.lease, this.#context.fs);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  #checkOpen(): void {
    if (!this.#closed) return;
    throw new StoreError('STORE_CLOSED', `The store ${this.dir} is closed.`, { data: { path: this.dir } });
  }
}
