// Removes what dead processes left, and leaves the directories of live processes unchanged.
import { lstatSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { isErrno } from '@wheelwright/errors';
import { nodeFs } from './node-fs.ts';
import type { Fs } from './ports.ts';
import { removeTree } from './remove-tree.ts';
import { leaseName, tryLease } from './temporary.ts';
import { isPartialOf, uniqueSuffix } from './temporary-name.ts';

/** What {@link sweepTemporaries} removes. */
export interface SweepTemporariesOptions {
  /** The prefix that {@link createTemporary} was given. */
  readonly prefix: string;
  /** The calls that change the disk; the real disk by default. */
  readonly fs?: Fs | undefined;
}

/**
 * Removes the temporaries of `prefix` in `parentDir` that have no living owner; gives their paths. Any number of
 * sweeps may run at once, beside owners that come and go. An absent `parentDir` has none.
 */
export async function sweepTemporaries(parentDir: string, options: SweepTemporariesOptions): Promise<string[]> {
  const { prefix, fs = nodeFs } = options;
  const removed: string[] = [];
  for (const name of namesIn(parentDir).filter((name) => isTemporaryOf(prefix, name))) {
    const dir = path.join(path.resolve(parentDir), name);
    if (await sweep(dir, prefix, fs)) removed.push(dir);
  }
  return removed;
}

async function sweep(dir: string, prefix: string, fs: Fs): Promise<boolean> {
  if (lstatSync(dir, { throwIfNoEntry: false })?.isDirectory() !== true) return false;
  const lease = await tryLease(path.join(dir, leaseName), 'sweep');
  if (lease === undefined) return false;
  try {
    // The name goes first: an owner that had made the directory, but not locked its lease yet, no longer finds it
    // and makes another one, instead of working in a directory that is being emptied.
    const doomed = path.join(path.dirname(dir), `.${prefix}-${uniqueSuffix()}`);
    fs.rename(dir, doomed);
    // crash here: `doomed` has a free lease, or none, and is swept in its turn.
    removeTree(doomed, { fs });
    return true;
  } catch (error) {
    // Another sweep saw it without a lease, in the middle of a removal, and was faster.
    if (isErrno(error, 'ENOENT')) return false;
    throw error;
  } finally {
    lease.release();
  }
}

/** Age before which a partial stays when no one can tell whether its owner lives. */
const dayMs = 86_400_000;

/** What {@link sweepPartials} removes. */
export interface SweepPartialsOptions {
  /**
   * `'excluded'`: the caller holds the lock under which all writers of these files work, so that every partial is
   * litter. `'unknown'`, the default: only what is older than a day, which no writer takes.
   */
  readonly writers?: 'excluded' | 'unknown' | undefined;
  /** Only those of this file or link; of all in the directory by default. */
  readonly of?: string | undefined;
  /** The clock, in ms since the epoch. */
  readonly now?: (() => number) | undefined;
  /** The calls that change the disk; the real disk by default. */
  readonly fs?: Fs | undefined;
}

/** Removes what `writeFileAtomic` and `switchPointer` leave in `dir` when their process dies; gives the paths. */
export function sweepPartials(dir: string, options: SweepPartialsOptions = {}): string[] {
  const { writers = 'unknown', of, now = Date.now, fs = nodeFs } = options;
  const removed: string[] = [];
  for (const name of namesIn(dir).filter((name) => isPartialOf(of, name))) {
    const partial = path.join(path.resolve(dir), name);
    const found = lstatSync(partial, { throwIfNoEntry: false });
    if (found === undefined || found.isDirectory()) continue;
    if (writers === 'unknown' && now() - found.mtimeMs < dayMs) continue;
    removeTree(partial, { fs });
    removed.push(partial);
  }
  return removed;
}

function isTemporaryOf(prefix: string, name: string): boolean {
  return name.startsWith(`.${prefix}-`) && /^\d+-[0-9a-f]{12}$/.test(name.slice(prefix.length + 2));
}

function namesIn(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
}
