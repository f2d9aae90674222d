// The store as its users see it: a cache that many processes fill and read at once. What it gives out stays where it is
// until `close`, whatever others do meanwhile.
import path from 'node:path';
import { hashFile } from '@wheelwright/archives';
import type { Fs } from '@wheelwright/atomic-fs';
import { isCodedError } from '@wheelwright/errors';
import type { LockHolder } from '@wheelwright/fslock';
import { parseWheelFilename } from '@wheelwright/packaging';
import { type BytecodeInterpreter, fillBytecodeEntry, listSources } from './add-bytecode.ts';
import { fillWheelEntry } from './add-wheel.ts';
import { CacheFiles, FactsFiles } from './cache-files.ts';
import { EntryShelf } from './entry.ts';
import { KeyLocks } from './key-locks.ts';
import { endLease, type Lease } from './lease.ts';
import { readTreeManifest, type TreeManifest } from './manifest.ts';
import { type Staging, StagingArea } from './staging.ts';
import { StoreError } from './store-error.ts';
import type { StorePaths } from './store-paths.ts';
import { findChangedFiles, readStoredWheel, type StoredWheel, treeName } from './stored-wheel.ts';

export interface StoreOptions {
  readonly fs: Fs;
  /** How long to wait for somebody who fills the same entry. */
  readonly lockTimeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: StoreEvent) => void) | undefined;
}

export type StoreEvent =
  | { readonly type: 'waiting'; readonly key: string; readonly holder: LockHolder | undefined }
  | { readonly type: 'wheel-added'; readonly sha256: string; readonly filename: string }
  | { readonly type: 'bytecode-added'; readonly sha256: string; readonly filename: string; readonly cacheTag: string };

export interface AddWheelOptions {
  /** Where the file on disk is called otherwise. */
  readonly filename?: string | undefined;
  /** In hex, where the caller knows it: then a wheel that is in the store is found without reading the file. */
  readonly sha256?: string | undefined;
}

export interface DownloadRequest {
  readonly filename: string;
  /** In hex; with it all processes that want the wheel download it once. */
  readonly sha256?: string | undefined;
}

export interface StoredBytecode {
  readonly treeDir: string;
  /** Relative to the site directory. */
  readonly files: readonly string[];
  readonly manifest: TreeManifest;
}

export class Store implements AsyncDisposable {
  readonly dir: string;
  readonly paths: StorePaths;
  /** For the answers of an index. */
  readonly responses: CacheFiles;
  /** For facts about interpreters. */
  readonly facts: FactsFiles;
  readonly #options: StoreOptions;
  readonly #lease: Lease;
  readonly #staging: StagingArea;
  readonly #locks: KeyLocks;
  readonly #wheels: EntryShelf;
  readonly #bytecode: EntryShelf;
  #closed = false;

  constructor(paths: StorePaths, lease: Lease, options: StoreOptions) {
    const { fs, lockTimeoutMs, signal, onEvent } = options;
    this.dir = paths.dir;
    this.paths = paths;
    this.#options = options;
    this.#lease = lease;
    this.#staging = new StagingArea(paths, lease.id, fs);
    this.#locks = new KeyLocks(paths.locks, {
      timeoutMs: lockTimeoutMs,
      signal,
      onWait: (key, holder) => onEvent?.({ type: 'waiting', key, holder }),
    });
    this.#wheels = new EntryShelf(paths.wheels, lease, fs);
    this.#bytecode = new EntryShelf(paths.bytecode, lease, fs);
    this.responses = new CacheFiles(paths.responses, this.#staging, fs);
    this.facts = new FactsFiles(new CacheFiles(paths.facts, this.#staging, fs));
  }

  /** Where build snapshots may lie. */
  get buildsDir(): string {
    return this.paths.builds;
  }

  /** Where environments that are shared between builds may lie. */
  get environmentsDir(): string {
    return this.paths.environments;
  }

  /** A wheel that is in the store; nothing but its presence is checked. */
  findWheel(sha256: string): StoredWheel | undefined {
    this.#checkOpen();
    const entryDir = this.#wheels.find(sha256);
    if (entryDir === undefined) return undefined;
    try {
      return readStoredWheel(sha256, entryDir);
    } catch (error) {
      if (!isCodedError(error, 'STORE_DAMAGED')) throw error;
      this.#wheels.supersede(entryDir);
      return undefined;
    }
  }

  /**
   * Puts a wheel into the store unless it is there: unpacked, every file checked, synced. Of many that ask for it at
   * once one does the work. Throws WHEEL_…, STORE_HASH_MISMATCH and FSLOCK_….
   */
  async addWheel(wheelPath: string, options: AddWheelOptions = {}): Promise<StoredWheel> {
    const { filename = path.basename(wheelPath) } = options;
    const sha256 = options.sha256 ?? (await hashFile(wheelPath));
    return this.#provide({ filename, sha256 }, async (entryDir) => this.#fill(entryDir, wheelPath, filename, sha256));
  }

  /**
   * The same for a wheel that has to be fetched first: `download` writes it to the path it is given, in the store, and
   * is called by one of many that ask at once. Without a `sha256` each of them fetches it, one after the other.
   */
  async addDownload(
    request: DownloadRequest,
    download: (targetPath: string) => Promise<unknown>,
  ): Promise<StoredWheel> {
    const { filename, sha256 } = request;
    const staging = this.stage();
    const wheelPath = path.join(staging.dir, 'download');
    try {
      if (sha256 === undefined) {
        await download(wheelPath);
        return await this.addWheel(wheelPath, { filename });
      }
      return await this.#provide({ filename, sha256 }, async (entryDir) => {
        await download(wheelPath);
        await this.#fill(entryDir, wheelPath, filename, sha256);
      });
    } finally {
      staging.release();
    }
  }

  /** The paths of its files that somebody has written to since; empty when all is well. Sizes and times only. */
  checkWheel(wheel: StoredWheel): readonly string[] {
    return findChangedFiles(wheel.treeDir, wheel.manifest.files);
  }

  /** From now on the wheel is not found again, so that the next who wants it publishes it anew. */
  reportDamage(wheel: StoredWheel): void {
    this.#wheels.supersede(wheel.entryDir);
  }

  /**
   * The byte-code of a wheel for one kind of Python, compiled unless it is there. Undefined where there is nothing to
   * compile, or where that Python is too old for byte-code that can be shared. Throws STORE_COMPILE_FAILED.
   */
  async addBytecode(wheel: StoredWheel, interpreter: BytecodeInterpreter): Promise<StoredBytecode | undefined> {
    this.#checkOpen();
    const { fs, signal, onEvent } = this.#options;
    const { cacheTag, magic } = interpreter;
    const sources = listSources(wheel, cacheTag);
    if (sources.length === 0) return undefined;
    const key = `${wheel.sha256}-${cacheTag}-${magic}`;
    const find = () => this.#findBytecode(key);
    return (
      find() ??
      this.#locks.hold(`bytecode-${key}`, `compiling ${wheel.filename}`, async () => {
        const found = find();
        if (found !== undefined) return found;
        const staging = this.stage();
        try {
          if (!(await fillBytecodeEntry(staging.dir, sources, interpreter, { fs, signal }))) return undefined;
          this.#bytecode.publish(key, staging.dir);
        } finally {
          staging.release();
        }
        onEvent?.({ type: 'bytecode-added', sha256: wheel.sha256, filename: wheel.filename, cacheTag });
        return find();
      })
    );
  }

  /** A directory for work in the store that is gone when it is released, or swept when this process dies. */
  stage(): Staging {
    this.#checkOpen();
    return this.#staging.create();
  }

  /** Lets go of all that was given out. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    try {
      this.#wheels.release();
      this.#bytecode.release();
    } finally {
      endLease(this.#lease, this.#options.fs);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  async #provide(
    { filename, sha256 }: { readonly filename: string; readonly sha256: string },
    fill: (entryDir: string) => Promise<void>,
  ): Promise<StoredWheel> {
    const find = () => {
      const found = this.findWheel(sha256);
      return found === undefined ? undefined : keepingPromise(found, filename);
    };
    // 1. There already?
    return (
      find() ??
      // 2. One fills it, the others wait.               crash here: the lock is free, nothing else has happened.
      this.#locks.hold(`wheel-${sha256}`, `unpacking ${filename}`, async () => {
        // 3. Perhaps it came while we waited.
        const found = find();
        if (found !== undefined) return found;
        const staging = this.stage();
        try {
          await fill(staging.dir);
          // 6. It gets its name.
          this.#wheels.publish(sha256, staging.dir);
        } finally {
          staging.release();
        }
        this.#options.onEvent?.({ type: 'wheel-added', sha256, filename });
        return find() ?? notFound(sha256);
      })
    );
  }

  async #fill(entryDir: string, wheelPath: string, filename: string, sha256: string): Promise<void> {
    const { fs, signal } = this.#options;
    await fillWheelEntry(entryDir, { wheelPath, filename, sha256, signal }, fs);
  }

  #findBytecode(key: string): StoredBytecode | undefined {
    const entryDir = this.#bytecode.find(key);
    if (entryDir === undefined) return undefined;
    try {
      const manifest = readTreeManifest(entryDir);
      const files = manifest.groups.flatMap(({ directory, names }) =>
        names.map((name) => path.posix.join(directory, name)),
      );
      return { treeDir: path.join(entryDir, treeName), files, manifest };
    } catch (error) {
      if (!isCodedError(error, 'STORE_DAMAGED')) throw error;
      this.#bytecode.supersede(entryDir);
      return undefined;
    }
  }

  #checkOpen(): void {
    if (this.#closed)
      throw new StoreError('STORE_CLOSED', `The store ${this.dir} is closed.`, { data: { path: this.dir } });
  }
}

// The hash is that of another wheel than the name promises: unpacking it would have failed, so finding it has to.
function keepingPromise(wheel: StoredWheel, filename: string): StoredWheel {
  if (wheel.filename === filename) return wheel;
  const { name, version } = parseWheelFilename(filename);
  if (name === wheel.manifest.name && version.text === wheel.manifest.version) return wheel;
  throw new StoreError('STORE_HASH_MISMATCH', `${filename} has the sha256 of another wheel, ${wheel.filename}.`, {
    hint: 'Whoever offers it under that name offers something else than it says.',
    data: { path: filename, expected: wheel.sha256, found: wheel.filename },
  });
}

function notFound(sha256: string): never {
  throw new StoreError('STORE_DAMAGED', `The wheel ${sha256} was put into the store and taken out by somebody else.`, {
    hint: 'Try again.',
    data: { sha256 },
  });
}
