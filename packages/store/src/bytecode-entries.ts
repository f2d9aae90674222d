// The byte-code of an open store: an entry for every wheel and kind of Python, made when it is first asked for.
import path from 'node:path';
import { isCodedError } from '@wheelwright/errors';
import { Entries } from './entries.ts';
import { readTreeManifest, type TreeManifest } from './entry/manifest.ts';
import { type StoredWheel, treeName } from './entry/stored-wheel.ts';
import { type BytecodeInterpreter, fillBytecodeEntry, listSources } from './fill/add-bytecode.ts';
import type { StoreContext } from './store-context.ts';

/** The byte-code of a wheel in the store. */
export interface StoredBytecode {
  /** The absolute path of the unpacked byte-code: read-only files, never edited. */
  readonly treeDir: string;
  /** Relative to the site directory. */
  readonly files: readonly string[];
  /** What the tree holds. */
  readonly manifest: TreeManifest;
}

export class BytecodeEntries {
  readonly entries: Entries;
  readonly #context: StoreContext;

  constructor(context: StoreContext) {
    this.entries = new Entries(context.paths.bytecode, context);
    this.#context = context;
  }

  async add(wheel: StoredWheel, interpreter: BytecodeInterpreter): Promise<StoredBytecode | undefined> {
    const { fs, locks, onEvent, signal, staging } = this.#context;
    const { cacheTag, magic } = interpreter;
    const { filename, sha256 } = wheel;
    const key = `${sha256}-${cacheTag}-${magic}`;
    const found = this.#find(key);
    if (found !== undefined) return found;
    const sources = listSources(wheel, cacheTag);
    if (sources.length === 0) return undefined;
    return locks.hold(`bytecode-${key}`, { purpose: `compiling ${filename}` }, async () => {
      const come = this.#find(key);
      if (come !== undefined) return come;
      const staged = staging.create();
      try {
        if (!(await fillBytecodeEntry(staged.dir, sources, interpreter, { fs, signal }))) return undefined;
        const entryDir = await this.entries.publish(key, staged.dir);
        onEvent({ type: 'bytecode-added', sha256, filename, cacheTag });
        return readStoredBytecode(entryDir);
      } finally {
        staged.release();
      }
    });
  }

  #find(key: string): StoredBytecode | undefined {
    const entryDir = this.entries.find(key);
    if (entryDir === undefined) return undefined;
    try {
      return readStoredBytecode(entryDir);
    } catch (error) {
      if (!isCodedError(error, 'STORE_DAMAGED')) throw error;
      this.entries.supersede(entryDir);
      return undefined;
    }
  }
}

function readStoredBytecode(entryDir: string): StoredBytecode {
  const manifest = readTreeManifest(entryDir);
  const files = manifest.groups.flatMap(({ directory, names }) =>
    names.map((name) => path.posix.join(directory, name)),
  );
  return { treeDir: path.join(entryDir, treeName), files, manifest };
}
