// The directory in which a transaction keeps what is not in place yet. It is below the root, so that every move is a rename.
import { lstatSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { isErrno } from '@wheelwright/errors';
import type { Lock } from '@wheelwright/fslock';
import { AtomicFsError } from '../atomic-fs-error.ts';
import { nodeFs } from '../node-fs.ts';
import type { Fs } from '../ports.ts';
import { listNames } from '../read-if-present.ts';
import { removeTree } from '../remove-tree.ts';
import type { Durability } from '../sync.ts';
import type { IsCache } from './directory-snapshot.ts';
import { crossDevice, isSafeRelative, unsafe } from './resolve-beneath.ts';

/** How transactions over a root are opened and recovered. */
export interface TransactionOptions {
  /** The exclusive lock of everything that changes the root. The caller holds it; a transaction neither takes nor releases it. */
  readonly lock: Pick<Lock, 'path' | 'mode' | 'fd'>;
  /** Relative to the root; `.atomic-fs` by default. Removed when it is empty. Its parent exists. */
  readonly workDir?: string | undefined;
  /** `full` by default: on the disk when the call returns. */
  readonly durability?: Durability | undefined;
  /** Caches, in which changes by other programs are ignored. Default: none. */
  readonly isCache?: IsCache | undefined;
  /** The calls that change the disk; the real disk by default. */
  readonly fs?: Fs | undefined;
}

/** The paths, absolute, and how they are changed. */
export interface WorkArea {
  readonly rootDir: string;
  /** Relative to the root. */
  readonly workName: string;
  readonly workDir: string;
  /** If this file exists, the transaction that it describes is decided. */
  readonly journalPath: string;
  /** The transaction in progress; without a journal, litter. */
  readonly transactionDir: string;
  /** The journal of a finished change: everything else in `transactionDir` is to be removed. */
  readonly finishedPath: string;
  /** What is to be put in place, by index. */
  readonly newDir: string;
  /** What was in its place, by index. */
  readonly oldDir: string;
  /** Keeps unexpected entries that were found at a target. */
  readonly displacedDir: string;
  readonly fs: Fs;
  readonly durability: Durability;
  readonly isCache: IsCache;
}

/** The work area of `rootDir`; nothing is made yet. Throws where the lock is not held, or a path is not safe. */
export function workAreaOf(rootDir: string, options: TransactionOptions): WorkArea {
  const { lock, workDir = '.atomic-fs', durability = 'full', isCache = () => false, fs = nodeFs } = options;
  // Asking for the descriptor of a released lock throws.
  if (lock.mode !== 'exclusive' || lock.fd === undefined) {
    throw new Error(`bug: the lock on ${lock.path} is not held exclusively.`);
  }
  return { ...pathsOf(path.resolve(rootDir), workDir), fs, durability, isCache };
}

export function pathsOf(rootDir: string, workName: string): Omit<WorkArea, 'fs' | 'durability' | 'isCache'> {
  if (!isSafeRelative(workName)) throw unsafe(workName, 'is not a plain path below the root');
  const workDir = path.join(rootDir, workName);
  const transactionDir = path.join(workDir, 'transaction');
  return {
    rootDir,
    workName,
    workDir,
    journalPath: path.join(workDir, 'journal'),
    transactionDir,
    finishedPath: path.join(transactionDir, 'finished'),
    newDir: path.join(transactionDir, 'new'),
    oldDir: path.join(transactionDir, 'old'),
    displacedDir: path.join(workDir, 'displaced'),
  };
}

/** Throws unless the work directory, where there is one, is a real directory on the root's file system. */
export function checkWorkDir({ rootDir, workName, workDir }: WorkArea): void {
  let current = rootDir;
  for (const part of workName.split('/')) {
    current = path.join(current, part);
    const stats = lstatSync(current, { throwIfNoEntry: false });
    if (stats === undefined) return;
    if (!stats.isDirectory()) throw unsafe(workName, `leads through ${current}, which is not a directory`);
    if (stats.dev !== lstatSync(rootDir).dev) throw crossDevice(workDir, rootDir);
  }
}

/** The transaction that is over, or was never decided, leaves the disk; so does the work directory when it is empty. */
export function clearWorkArea({ fs, transactionDir, finishedPath, workDir }: WorkArea): void {
  // The mark goes last: without it the rest would pass for a change that was never decided.
  for (const name of listNames(transactionDir)) {
    const at = path.join(transactionDir, name);
    if (at !== finishedPath) removeTree(at, { fs });
  }
  removeTree(transactionDir, { fs });
  try {
    if (readdirSync(workDir).length === 0) fs.rmdir(workDir);
  } catch (error) {
    if (!isErrno(error, 'ENOENT', 'ENOTEMPTY', 'EEXIST')) throw error;
  }
}

export function recoveryNeeded({ rootDir, journalPath }: WorkArea): AtomicFsError {
  return new AtomicFsError('ATOMIC_FS_RECOVERY_NEEDED', `${rootDir} holds a transaction that was not finished.`, {
    hint: 'Call recover first: it finishes what was decided and removes the rest.',
    data: { rootDir, path: journalPath },
  });
}
