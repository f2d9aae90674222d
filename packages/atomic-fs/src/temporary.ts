// Directories for unfinished work that live as long as their owner. Each contains a lease, a lock that the kernel releases
// when its owner dies; a sweep removes the directories whose lease is free. Protocol: docs/protocols/write.md.
import path from 'node:path';
import { ignoreFailure, isErrno } from '@wheelwright/errors';
import { type Lock, tryAcquireLock } from '@wheelwright/fslock';
import { nodeFs } from './node-fs.ts';
import type { Fs } from './ports.ts';
import { removeTree } from './remove-tree.ts';
import { uniqueSuffix } from './temporary-name.ts';

/** How {@link createTemporary} makes a directory. */
export interface CreateTemporaryOptions {
  /** What sweeps look for; the directory is called `.<prefix>-<pid>-<random>`. */
  readonly prefix: string;
  /** Told to people who look at the lease: `ww build`. */
  readonly purpose?: string | undefined;
  /** The calls that change the disk; the real disk by default. */
  readonly fs?: Fs | undefined;
}

/** The lease is beside `content`, so that published content does not contain it. */
export const leaseName = '.lease';
const contentName = 'content';

/** A private directory that lasts until `release`, or until this process and every child that inherited `fd` have ended. */
export class Temporary implements AsyncDisposable {
  /** Absolute, empty at first. May be renamed away as a whole: what matters for the sweep lies around it. */
  readonly dir: string;
  readonly #outerDir: string;
  readonly #lease: Lock;
  readonly #fs: Fs;
  #released = false;

  constructor(outerDir: string, lease: Lock, fs: Fs) {
    this.dir = path.join(outerDir, contentName);
    this.#outerDir = outerDir;
    this.#lease = lease;
    this.#fs = fs;
  }

  /** The descriptor of the lease, for a child whose work must not be swept while it outlives us. */
  get fd(): number {
    return this.#lease.fd;
  }

  /** Removes what is left of the directory and lets the lease go; a second call does nothing. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    try {
      removeTree(this.#outerDir, { fs: this.#fs });
    } finally {
      // crash before here: the lease is free, and the next sweep goes on where this ended.
      this.#lease.release();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.release();
  }
}

/** Makes a temporary directory in `parentDir`, on the file system of what it is for. */
export async function createTemporary(parentDir: string, options: CreateTemporaryOptions): Promise<Temporary> {
  const { prefix, purpose, fs = nodeFs } = options;
  for (;;) {
    const outerDir = path.join(path.resolve(parentDir), `.${prefix}-${uniqueSuffix()}`);
    // 1. The directory is made.                          crash here: its lease is free, so it is swept.
    fs.mkdir(outerDir);
    // 2. Its lease is taken.                             crash here: the kernel drops the lease, so it is swept.
    const lease = await tryLease(path.join(outerDir, leaseName), purpose).catch((error: unknown) => {
      ignoreFailure(() => removeTree(outerDir, { fs }));
      throw error;
    });
    // A sweep that came between 1 and 2 has the lease, or the directory is gone: that one is lost, take another.
    if (lease === undefined) continue;
    const temporary = new Temporary(outerDir, lease, fs);
    try {
      fs.mkdir(temporary.dir);
      return temporary;
    } catch (error) {
      ignoreFailure(() => temporary.release());
      throw error;
    }
  }
}

/** Takes or creates the lease; undefined when another process holds it or the temporary is gone. */
export async function tryLease(leasePath: string, purpose: string | undefined): Promise<Lock | undefined> {
  try {
    return await tryAcquireLock(leasePath, { purpose });
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}
