// Directories for unfinished work. Each is in the store, so that publishing is a rename, and is named for the lease of its
// owner, which distinguishes it from litter without a clock.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { type Fs, removeTree } from '@wheelwright/atomic-fs';
import type { StorePaths } from '../store-paths.ts';
import { LeaseRegister } from './lease.ts';

/** A fresh, empty directory of the caller's own. */
export interface Staging {
  /** Its absolute path. */
  readonly dir: string;
  /** Removes it and what is in it; nothing to do where it was published. */
  release(): void;
}

export class StagingArea {
  readonly #paths: StorePaths;
  readonly #leaseId: string;
  readonly #fs: Fs;
  #count = 0;

  constructor(paths: StorePaths, leaseId: string, fs: Fs) {
    this.#paths = paths;
    this.#leaseId = leaseId;
    this.#fs = fs;
  }

  create(): Staging {
    const dir = this.nextPath();
    this.#fs.mkdir(dir, 0o755);
    return { dir, release: () => this.forget(dir) };
  }

  /** Moves `target` out of sight in one step and then removes it. */
  discard(target: string): void {
    const aside = this.nextPath();
    this.#fs.rename(target, aside);
    removeTree(aside, { fs: this.#fs });
  }

  /** Tries to remove what a failing step left; what it cannot remove is swept later. */
  forget(target: string): void {
    try {
      removeTree(target, { fs: this.#fs });
    } catch {
      // The first error is the one that matters.
    }
  }

  /** A path at which there is nothing yet. */
  nextPath(): string {
    this.#count += 1;
    return path.join(this.#paths.staging, `${this.#leaseId}.${this.#count}`);
  }
}

/** Removes what dead processes left unfinished; gives the names of what was removed. */
export async function sweepStaging(
  paths: StorePaths,
  fs: Fs,
  register: LeaseRegister = new LeaseRegister(paths),
): Promise<string[]> {
  const swept: string[] = [];
  for (const name of readdirSync(paths.staging)) {
    if (await register.isLive(name.replace(/\.\d+$/, ''))) continue;
    removeTree(path.join(paths.staging, name), { fs });
    swept.push(name);
  }
  return swept;
}
